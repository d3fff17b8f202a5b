"""Thirty browsers on one server for a minute: does anything fail, how long does one wait, does memory stay flat?

python bench/soak.py [--browsers 30] [--seconds 60]

Starts a server of its own on this machine, sends to that alone, and ends with it. Exits 1 where anything failed.
"""

import argparse
import http.client
import json
import random
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

NET, PHOTOS = "efficientnet-lite0", ("cat", "coffee", "rocket", "moped")
GROWTH = 0.15
"""How much memory may grow over the second half, as a share."""


@dataclass
class Log:
    """What the browsers met: seconds by kind of request, and what failed."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def took(self, kind: str, seconds: float) -> None:
        """Write down how long an answer took."""
        with self.lock:
            self.seconds[kind].append(seconds)

    def failed(self, says: str) -> None:
        """Write down what failed."""
        with self.lock:
            self.errors.append(says)


class Browser:
    """One browser: it looks around, clicks on units, covers the photo, and now and then asks for a job."""

    def __init__(self, port: int, log: Log, seed: int) -> None:
        """Say where the server is."""
        self.port, self.log, self.chance = port, log, random.Random(seed)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = ""
        self.net = f"net={NET}"

    def get(self, kind: str, path: str) -> Any:
        """Ask, and return the answer."""
        begun = time.monotonic()
        self.connection.request("GET", path, headers={"cookie": self.cookie})
        answer = self.connection.getresponse()
        data = answer.read()
        self.log.took(kind, time.monotonic() - begun)
        if set_cookie := answer.getheader("set-cookie"):
            self.cookie = set_cookie.partition(";")[0]
        if answer.status != 200:
            self.log.failed(f"{kind}: {answer.status} {data[:120]!r}")
        return json.loads(data) if "json" in (answer.getheader("content-type") or "") else data

    def live(self, until: float) -> None:
        """Open the page and look around for a while."""
        try:
            self.get("page", "/")
            self.get("start", "/api/start")
            layers = self.get("network", f"/api/network?{self.net}")["layers"]
            while time.monotonic() < until:
                self.look(self.chance.choice(layers))
                if self.chance.random() < 0.25:
                    self.work(until)
                time.sleep(self.chance.uniform(0.2, 1.5))
        except Exception as failure:
            self.log.failed(f"{type(failure).__name__}: {failure}")

    def look(self, layer: dict[str, Any]) -> None:
        """Look at a layer and a unit, and cover a place."""
        photo = self.chance.choice(PHOTOS)
        words = f"{self.net}&photo={photo}"
        self.get("guesses", f"/api/guesses?{words}")
        words += "&layer=" + urllib.parse.quote(layer["name"])
        units = self.get("layer", f"/api/units?{words}")
        if units["sprite"]:
            self.get("layer's maps", units["sprite"])
        unit = self.get("unit", f"/api/unit?{words}&unit={self.chance.randrange(layer['units'])}")
        if unit["map"]:
            self.get("unit's map", unit["map"])
        self.get("unit's gradient", unit["gradients"]["plain"])
        y, x = self.chance.random(), self.chance.random()
        self.get("cover", f"/api/occlude?{self.net}&photo={photo}&y={y:.2f}&x={x:.2f}&side=0.2")

    def work(self, until: float) -> None:
        """Ask for a job, and watch it to its end."""
        jobs: list[dict[str, Any]] = [
            {"verb": "see", "method": "grad_cam"},
            {"verb": "fool", "method": "fgsm", "settings": {"eps": "2/255"}},
            {"verb": "dream", "method": "class", "settings": {"steps": 6}, "given": {"classes": [1]}},
        ]
        asked = self.chance.choice(jobs) | {"net": NET, "photo": self.chance.choice(PHOTOS)}
        begun = time.monotonic()
        address = f"ws://127.0.0.1:{self.port}/api/work"
        with connect(address, additional_headers={"cookie": self.cookie}, max_size=None) as socket:
            socket.send(json.dumps(asked))
            if self.chance.random() < 0.2:
                return  # a tab that is closed at once
            for said in socket:
                message = json.loads(said)
                if message["is"] == "done":
                    self.log.took("job", time.monotonic() - begun)
                    return
                if message["is"] == "mistake":
                    if message["says"].startswith("busy"):
                        self.log.busy += 1
                    else:
                        self.log.failed(f"job: {message['says']}")
                    return
                if time.monotonic() > until + 30:
                    self.log.failed("job: it did not end")
                    return


def memory(pid: int) -> float:
    """Return the megabytes a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--browsers", type=int, default=30, choices=range(1, 101), metavar="N")
    words.add_argument("--seconds", type=int, default=60, choices=range(5, 601), metavar="S")
    chosen = words.parse_args()
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("seethrough")), "app", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().split("127.0.0.1:")[1].split("/")[0])
        log = Log()
        Browser(port, log, -1).get("first network", f"/api/network?net={NET}")
        until = time.monotonic() + chosen.seconds
        browsers = [Browser(port, log, seed) for seed in range(chosen.browsers)]
        threads = [threading.Thread(target=one.live, args=(until,)) for one in browsers]
        held: list[float] = []
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            held.append(memory(server.pid))
            time.sleep(1)
    finally:
        server.terminate()
        server.wait(20)
    return report(log, held, chosen.browsers, chosen.seconds)


def report(log: Log, held: list[float], browsers: int, seconds: int) -> int:
    """Print what was met; return 1 where anything failed."""
    print(f"{browsers} browsers, {seconds} s\n\n{'':18}{'count':>8}{'median':>10}{'p95':>10}{'longest':>10}   (ms)")
    for kind, took in sorted(log.seconds.items()):
        ordered = sorted(took)
        shown = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)], ordered[-1])
        print(f"{kind:18}{len(took):8}" + "".join(f"{one * 1000:10.0f}" for one in shown))
    half, end = held[len(held) // 2], max(held[-5:])
    print(
        f"\nmemory: {held[0]:.0f} MB at first, {half:.0f} MB half way, {end:.0f} MB at the end, {max(held):.0f} MB at most"
    )
    print(f"jobs refused as too many: {log.busy}; errors: {len(log.errors)}")
    for error in log.errors[:10]:
        print("  " + error)
    grown = end > half * (1 + GROWTH)
    if grown:
        print(f"memory grew by more than {GROWTH:.0%} over the second half")
    return int(bool(log.errors) or grown)


if __name__ == "__main__":
    sys.exit(main())
