"""Before and during a download: a network that is not there is said within a second, in one line."""

import errno
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from seethrough.errors import UserError

PATIENCE = 0.9  # seconds for the name and the connection together
WITHOUT_NETWORK = "without a network: efficientnet-lite0 (bundled), or --weights FILE"
HUGGINGFACE = ("huggingface.co", "hf.co")
PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks5": 1080, "socks5h": 1080}
UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ETIMEDOUT}
# Known by name, so that none has to be imported, nor installed.
CLIENTS = {"requests", "urllib3", "httpx", "httpx2", "httpcore", "httpcore2", "huggingface_hub"}


def ensure_reachable(url: str, what: str, *, of: str = "weights", offline: str = WITHOUT_NETWORK) -> None:
    """Raise within a second unless the host of the url, or the proxy that leads to it, accepts a connection.

    `of` is what the download brings, and `offline` says what works without it.

    >>> ensure_reachable("https://download.pytorch.org/models/resnet18-f37072fd.pth", "torchvision:resnet18")
    """
    target = urlsplit(url)
    if _host(target) in HUGGINGFACE:
        switch = next((name for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") if os.environ.get(name)), None)
        if switch and os.environ[switch].upper() in {"1", "ON", "YES", "TRUE"}:
            raise UserError(f"{what} needs a download of its {of} and {switch} forbids it; {offline}")
        target = urlsplit(os.environ.get("HF_ENDPOINT") or url)  # a mirror, as huggingface_hub uses it
    proxies = getproxies()
    proxy = proxies.get(target.scheme) or proxies.get("all")
    name = _host(target)
    if proxy and not proxy_bypass(name):
        target = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        name = f"the proxy {_host(target)}"
    try:
        port = target.port or PORTS.get(target.scheme, 443)
    except ValueError:
        raise UserError(f"{name} has the port {target.netloc.rpartition(':')[2]!r}; should be 1 to 65535") from None
    if not _answers(_host(target), port):
        raise UserError(f"{what} needs a download of its {of} and {name} cannot be reached; {offline}")


@contextmanager
def downloading(what: str, *, of: str = "weights", offline: str = WITHOUT_NETWORK) -> Iterator[None]:
    """Turn what a download may raise (network, server, damaged file) into one line; every other error passes.

    >>> with downloading("torchvision:resnet18"): torchvision.models.resnet18(weights="DEFAULT")
    """
    try:
        yield
    except Exception as failure:
        if isinstance(failure, RuntimeError) and "invalid hash value" in str(failure):  # torch.hub's words
            line = f"{what}: the downloaded {of} are damaged (their hash is not the published one); try again"
            raise UserError(line) from failure
        if not _is_of_network(failure):
            raise
        line = f"{what} needs a download of its {of}, which failed: {_reason(failure)}; {offline}"
        raise UserError(line) from failure


def _host(target: SplitResult) -> str:
    return target.hostname or ""


def _answers(host: str, port: int) -> bool:
    """Knock over IPv4 and IPv6 at once: where one of them leads nowhere, it must not use up the other's time."""
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    until = time.monotonic() + PATIENCE
    families = (socket.AF_INET, socket.AF_INET6)
    for family in families:  # daemons: a name server that hangs cannot be interrupted, only left behind
        threading.Thread(target=_knock, args=(family, host, port, answers), daemon=True).start()
    for _ in families:
        try:
            if answers.get(timeout=max(0, until - time.monotonic())):
                return True
        except queue.Empty:
            return False
    return False


def _knock(family: int, host: str, port: int, answers: "queue.SimpleQueue[bool]") -> None:
    """Report whether any address of the host in this family accepts a connection."""
    try:
        for _, kind, protocol, _, address in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as door:
                door.settimeout(PATIENCE)
                if door.connect_ex(address) == 0:
                    answers.put(True)
                    return
    except (OSError, UnicodeError):  # UnicodeError: a name no server could have
        pass
    answers.put(False)


def _is_of_network(failure: BaseException) -> bool:
    if isinstance(failure, URLError | HTTPException | ConnectionError | TimeoutError | socket.gaierror | ssl.SSLError):
        return True
    if isinstance(failure, OSError) and failure.errno in UNREACHABLE:
        return True
    return any(kind.__module__.partition(".")[0] in CLIENTS for kind in type(failure).__mro__)


def _reason(failure: Exception) -> str:
    """Say the failure in its own first line, or by its kind where it has no words."""
    if isinstance(failure, HTTPError):
        return f"the server answered {failure.code} {failure.reason}"
    words = failure.reason if isinstance(failure, URLError) else failure
    lines = str(words).strip().splitlines() or [type(failure).__name__]
    return lines[0][:160].rstrip(" .;:")
