import errno
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from http.client import IncompleteRead
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from seethrough.errors import UserError
from seethrough.networks import downloads
from seethrough.networks.downloads import downloading, ensure_reachable

WHAT = "torchvision:resnet18"
HINT = "without a network: efficientnet-lite0 (bundled), or --weights FILE"


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_ENDPOINT"):
            monkeypatch.delenv(name)


@pytest.fixture
def open_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[int, bool]], None]]:
    """Let the lookup of any name hang in some families (True), or lead to this machine (False)."""
    end = threading.Event()
    real = socket.getaddrinfo

    def install(hangs: dict[int, bool]) -> None:
        def lookup(host: str, port: int, family: int, *rest: int) -> list[tuple[object, ...]]:
            if hangs[family]:
                end.wait(10)
                raise socket.gaierror(socket.EAI_AGAIN, "no answer")
            return real("127.0.0.1", port, family, *rest)

        monkeypatch.setattr(socket, "getaddrinfo", lookup)

    yield install
    end.set()


def refusal(url: str) -> str:
    start = time.monotonic()
    with pytest.raises(UserError) as caught:
        ensure_reachable(url, WHAT)
    # At once on an idle machine; a busy one is given time.
    assert time.monotonic() - start < 4
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_open_door_is_reachable(open_port: int) -> None:
    ensure_reachable(f"https://127.0.0.1:{open_port}/weights.pth", WHAT)


def test_a_closed_door_is_said_in_the_one_line(closed_port: int) -> None:
    line = f"{WHAT} needs a download of its weights and 127.0.0.1 cannot be reached; {HINT}"
    assert refusal(f"https://127.0.0.1:{closed_port}/weights.pth") == line


def test_a_name_that_does_not_exist_is_said() -> None:
    assert "nowhere.invalid cannot be reached" in refusal("https://nowhere.invalid/weights.pth")
    assert "cannot be reached" in refusal(f"https://{'a' * 70}..invalid/weights.pth")  # no name at all


def test_a_name_server_that_hangs_is_answered_within_a_second(lookups: Callable[[dict[int, bool]], None]) -> None:
    lookups({socket.AF_INET: True, socket.AF_INET6: True})
    assert "download.pytorch.org cannot be reached" in refusal("https://download.pytorch.org/models/resnet18.pth")


def test_an_address_that_never_answers_is_answered_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect_ex", lambda self, address: time.sleep(3))
    assert "cannot be reached" in refusal("https://127.0.0.1:9/")


@pytest.mark.parametrize("broken", [socket.AF_INET, socket.AF_INET6])
def test_one_family_that_hangs_does_not_hide_the_other(
    broken: socket.AddressFamily, lookups: Callable[[dict[int, bool]], None], open_port: int
) -> None:
    lookups({family: family == broken for family in (socket.AF_INET, socket.AF_INET6)})
    url = f"https://files.example:{open_port}/"
    if broken == socket.AF_INET6:
        ensure_reachable(url, WHAT)
    else:
        assert "files.example cannot be reached" in refusal(url)


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("form", ["http://{}", "{}", "http://user:secret@{}", "socks5://{}"])
def test_behind_a_proxy_the_proxy_is_asked(
    variable: str, form: str, open_port: int, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, form.format(f"127.0.0.1:{open_port}"))
    ensure_reachable("https://nowhere.invalid/weights.pth", WHAT)
    monkeypatch.setenv(variable, form.format(f"127.0.0.1:{closed_port}"))
    line = refusal("https://nowhere.invalid/weights.pth")
    assert "the proxy 127.0.0.1 cannot be reached" in line
    assert "secret" not in line


def test_a_host_for_which_the_proxy_is_switched_off_is_asked_itself(
    open_port: int, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{open_port}")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    assert "and 127.0.0.1 cannot be reached" in refusal(f"https://127.0.0.1:{closed_port}/")


def test_a_proxy_for_another_scheme_is_not_asked(
    closed_port: int, open_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    ensure_reachable(f"https://127.0.0.1:{open_port}/", WHAT)


def test_a_port_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:http")
    assert "the proxy 127.0.0.1 has the port 'http'" in refusal("https://nowhere.invalid/")


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_offline_switches_are_honoured_for_hugging_face_alone(
    variable: str, value: str, open_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{open_port}")
    assert f"and {variable} forbids it; {HINT}" in refusal("https://huggingface.co/timm/resnet18.a1_in1k")
    ensure_reachable(f"http://127.0.0.1:{open_port}/", WHAT)


def test_a_mirror_of_hugging_face_is_asked_in_its_place(
    open_port: int, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{open_port}")
    ensure_reachable("https://huggingface.co/timm/resnet18.a1_in1k", WHAT)
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed_port}")
    assert "127.0.0.1 cannot be reached" in refusal("https://huggingface.co/timm/resnet18.a1_in1k")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve a folder on this machine that holds weights under a name with the wrong hash."""
    folder = tmp_path / "served"
    folder.mkdir()
    torch.save({"w": torch.ones(1)}, folder / "resnet18-01234567.pth")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def failure_line(run: Callable[[], object]) -> tuple[str, BaseException]:
    with pytest.raises(UserError) as caught, downloading(WHAT):
        run()
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(WHAT)
    assert caught.value.__cause__ is not None
    return str(caught.value), caught.value.__cause__


def test_the_hash_that_torch_hub_finds_wrong_is_said(server: str, tmp_path: Path) -> None:
    url = f"{server}/resnet18-01234567.pth"
    load = partial(torch.hub.load_state_dict_from_url, url, str(tmp_path), check_hash=True, progress=False)
    line, cause = failure_line(load)
    assert "the downloaded weights are damaged" in line
    assert type(cause) is RuntimeError
    assert not (tmp_path / "resnet18-01234567.pth").exists()


def test_what_the_server_answers_is_said(server: str) -> None:
    line, _ = failure_line(lambda: urllib.request.urlopen(f"{server}/gone.pth"))
    assert (
        line == f"{WHAT} needs a download of its weights, which failed: the server answered 404 File not found; {HINT}"
    )


def test_a_refused_connection_is_said(closed_port: int) -> None:
    line, _ = failure_line(lambda: urllib.request.urlopen(f"http://127.0.0.1:{closed_port}/"))
    assert "refused; without a network" in line


def test_what_the_hub_raises_without_a_network_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    line, cause = failure_line(lambda: hub.hf_hub_download("timm/none", "model.safetensors", cache_dir=tmp_path))
    assert type(cause).__name__ == "LocalEntryNotFoundError"
    assert line.endswith(HINT)


def raising(error: BaseException) -> Callable[[], None]:
    def run() -> None:
        raise error

    return run


def of_module(module: str) -> Exception:
    """A client's own error, whether or not that client is installed here."""
    return type("ConnectError", (Exception,), {"__module__": module})("first line\nsecond line")


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        TimeoutError("timed out"),
        ssl.SSLCertVerificationError("certificate verify failed"),
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        OSError(errno.EHOSTUNREACH, "No route to host"),
        IncompleteRead(b"half"),
        ConnectionError(),
        of_module("requests.exceptions"),
        of_module("httpx"),
        of_module("httpx2"),
        of_module("huggingface_hub.errors"),
        of_module("urllib3.exceptions"),
    ],
    ids=repr,
)
def test_every_error_of_a_network_becomes_one_line_and_stays_the_cause(error: Exception) -> None:
    line, cause = failure_line(raising(error))
    assert cause is error
    assert line.endswith(HINT)
    assert "failed: ;" not in line
    assert "second line" not in line


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("shape mismatch"),
        ValueError("bad"),
        OSError(errno.ENOSPC, "No space left on device"),
        FileNotFoundError(errno.ENOENT, "No such file"),
        PermissionError(errno.EACCES, "Permission denied"),
        UserError("said already"),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_every_other_error_passes_untouched(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, downloading(WHAT):
        raise error
    assert caught.value is error


def test_it_loads_no_torch() -> None:
    code = f"import runpy, sys; runpy.run_path({downloads.__file__!r}); print({{'torch', 'numpy'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
