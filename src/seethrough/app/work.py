"""Long work over a socket: steps as they happen, pause, stop and keep; a closed tab ends its job."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from seethrough.app.asked import Asked, asked, checked
from seethrough.app.command import command
from seethrough.app.dreams import Dreams
from seethrough.app.line import Line, Ticket
from seethrough.app.made import Made, told
from seethrough.app.networks import Networks
from seethrough.app.show import Show
from seethrough.app.visitors import Visitor
from seethrough.errors import UserError
from seethrough.results.named import with_names
from seethrough.results.result import Result

LOG = logging.getLogger("seethrough.app")
AHEAD = 64
"""Messages a slow browser may lie behind before its job waits for it."""
PATIENCE = 0.05
MOST_PAUSED = 1800.0
"""Seconds after which a job that was paused ends with what it has."""
OOPS = "something went wrong inside; the server's own output says what"

Say = Callable[[dict[str, Any]], None]


class Wishes:
    """What the browser wants of its job: run, pause, stop with what there is, or drop it."""

    def __init__(self) -> None:
        """Begin with running."""
        self._wish = "go on"
        self._changed = threading.Condition()

    def become(self, wish: str) -> None:
        """Take a new wish; what was dropped stays so."""
        with self._changed:
            if self._wish != "drop":
                self._wish = wish
                self._changed.notify_all()

    @property
    def now(self) -> str:
        """Return the wish."""
        return self._wish

    def while_paused(self) -> None:
        """Wait until it is something else than a pause."""
        end = time.monotonic() + MOST_PAUSED
        with self._changed:
            while self._wish == "pause":
                if not self._changed.wait(max(end - time.monotonic(), 0)):
                    self._wish = "stop"


async def serve(socket: WebSocket, visitor: Visitor, networks: Networks, line: Line, dreams: Dreams) -> None:
    """Do one job for one browser, from its request to what was made."""
    await socket.accept()
    try:
        request = await asyncio.wait_for(socket.receive_json(), 20)
    except (TimeoutError, WebSocketDisconnect, ValueError, KeyError):
        await _close(socket)
        return
    loop = asyncio.get_running_loop()
    messages: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    wishes = Wishes()

    def say(message: dict[str, Any] | None) -> None:
        with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(messages.put_nowait, message)

    def work() -> None:
        try:
            _perform(request, visitor, networks, line, dreams, wishes, say, messages.qsize)
        except UserError as mistake:
            say({"is": "mistake", "says": str(mistake)})
        except Exception:
            LOG.exception("a job failed")
            say({"is": "mistake", "says": OOPS})
        finally:
            say(None)

    thread = threading.Thread(target=work, name="job")
    thread.start()
    listening = asyncio.create_task(_listen(socket, wishes))
    try:
        while (message := await messages.get()) is not None:
            await socket.send_json(message)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the tab was closed
    finally:
        wishes.become("drop")
        listening.cancel()
        await _close(socket)


async def _listen(socket: WebSocket, wishes: Wishes) -> None:
    try:
        while True:
            said = await socket.receive_json()
            wish = said.get("do") if isinstance(said, dict) else None
            if wish in ("pause", "go on", "stop"):
                wishes.become(wish)
    except (WebSocketDisconnect, RuntimeError, ValueError, KeyError):
        wishes.become("drop")


async def _close(socket: WebSocket) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # closed already
        await socket.close()


def _perform(
    request: Any,
    visitor: Visitor,
    networks: Networks,
    line: Line,
    dreams: Dreams,
    wishes: Wishes,
    say: Say,
    behind: Callable[[], int],
) -> None:
    right = checked(request, networks, visitor)
    ticket = line.enter()
    try:
        waiting = line.wait(
            ticket,
            lambda: wishes.now in ("drop", "stop"),
            lambda before, seconds: say({"is": "waiting", "before": before, "seconds": seconds}),
        )
        if not waiting:
            raise UserError("stopped before it began")
        wanted = asked(right, networks, visitor)
        say({"is": "started"})
        begun = time.monotonic()
        show = Show(wanted, say)
        result = _run(wanted, show, line, ticket, wishes, say, behind)
        if result is None:
            return
        show.end(result)
        stopped = wishes.now == "stop"
        names = (wanted.photo.name,) if wanted.photo is not None else ()
        result = with_names(result, names)
        if wanted.styles:
            result = replace(result, style_names=tuple(style.name for style in wanted.styles))
        of = visitor.find(wanted.given["of"]).command if "of" in wanted.given else ""
        line_said = command(wanted, of)
        result = replace(result, settings={**result.settings, "command": line_said})
        made = Made(
            result,
            wanted.verb,
            wanted.method.name,
            wanted.net,
            wanted.photo.id if wanted.photo is not None else None,
            line_said,
            stopped,
            time.monotonic() - begun,
            show.chances,
        )
        visitor.add_made(made)
        if not stopped:
            dreams.keep(wanted, result)
        say({"is": "done", "made": told(made)})
    finally:
        line.leave(ticket)


def _run(
    wanted: Asked, show: Show, line: Line, ticket: Ticket, wishes: Wishes, say: Say, behind: Callable[[], int]
) -> Result | None:
    """Take the job from step to step; None when nobody wants it any more."""
    work = wanted.work()
    answer: bool | None = None
    try:
        while True:
            step = work.send(answer)
            ticket.share = step.done / max(step.total, 1)
            show(step)
            if wishes.now == "pause":
                show(step, frames=True)
                if line.pause(ticket):
                    say({"is": "paused"})
                    wishes.while_paused()
                    line.again(ticket)
                    if not line.wait(ticket, lambda: wishes.now == "drop", lambda before, seconds: None):
                        return None
                else:
                    wishes.become("go on")  # too many are paused already: each holds what it has
                say({"is": "started"})
            while behind() > AHEAD and wishes.now != "drop":
                time.sleep(PATIENCE)
            if wishes.now == "drop":
                return None
            line.let_clicks_pass()
            answer = bool(wishes.now == "stop")
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        work.close()
