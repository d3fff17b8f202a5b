"""The line that long work stands in: so many jobs at once, so many waiting, and each is told how long."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from seethrough.errors import UserError

AT_ONCE, WAITING, PAUSED = 2, 12, 6
CLICKS_FIRST = 0.5
"""Seconds that a step waits at most for clicks that came meanwhile."""


@dataclass(eq=False)
class Ticket:
    """One job's place in the line; `share` is how much of it is done."""

    share: float = 0.0
    begun: float | None = None
    spent: float = 0.0
    asked: float = field(default_factory=time.monotonic)

    def left(self) -> float | None:
        """Return how many seconds it will still take, as far as one can tell."""
        taken = self.spent + (0.0 if self.begun is None else time.monotonic() - self.begun)
        return taken * (1 - self.share) / self.share if self.share > 0.02 else None


class Line:
    """Lets so many jobs run at once; others wait in the order in which they came, and no more than so many do."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        """Begin with nobody."""
        self.at_once, self.most = at_once, waiting
        self._running: list[Ticket] = []
        self._waiting: list[Ticket] = []
        self._changed = threading.Condition()
        self._clicks = self._paused = 0
        self._quiet = threading.Event()
        self._quiet.set()

    def enter(self) -> Ticket:
        """Take a place, or be told that there is none."""
        with self._changed:
            if len(self._waiting) >= self.most:
                long = self._seconds(len(self._waiting))
                about = "" if long is None else f", about {long:.0f} seconds"
                raise UserError(f"busy: {len(self._waiting)} jobs are waiting already{about}; try again a little later")
            ticket = Ticket()
            self._waiting.append(ticket)
            return ticket

    def wait(self, ticket: Ticket, given_up: Callable[[], bool], tell: Callable[[int, float | None], None]) -> bool:
        """Wait for one's turn; `tell` hears how many come first and how long that takes. False when given up."""
        with self._changed:
            while not (self._waiting[0] is ticket and len(self._running) < self.at_once):
                if given_up():
                    return False
                place = self._waiting.index(ticket)
                tell(place + len(self._running), self._seconds(place))
                self._changed.wait(0.5)
            self._waiting.pop(0)
            self._running.append(ticket)
            ticket.begun = time.monotonic()
            self._changed.notify_all()
        return True

    def pause(self, ticket: Ticket) -> bool:
        """Make room for others meanwhile; not when too many do already, as each keeps its memory."""
        with self._changed:
            if self._paused >= PAUSED:
                return False
            self._paused += 1
            self._stop(ticket)
            return True

    def again(self, ticket: Ticket) -> None:
        """Stand in line again after a pause, behind nobody: it was let in before."""
        with self._changed:
            self._paused -= 1
            self._waiting.insert(0, ticket)

    def leave(self, ticket: Ticket) -> None:
        """Go, wherever one stands."""
        with self._changed:
            self._stop(ticket)
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            self._changed.notify_all()

    @contextmanager
    def click(self) -> Iterator[None]:
        """Answer something short: jobs let it pass between two steps."""
        with self._changed:
            self._clicks += 1
            self._quiet.clear()
        try:
            yield
        finally:
            with self._changed:
                self._clicks -= 1
                if not self._clicks:
                    self._quiet.set()

    def let_clicks_pass(self) -> None:
        """Wait a moment for whoever only clicked."""
        self._quiet.wait(CLICKS_FIRST)

    def _stop(self, ticket: Ticket) -> None:
        if ticket in self._running:
            self._running.remove(ticket)
            ticket.spent += time.monotonic() - (ticket.begun or 0.0)
            ticket.begun = None
            self._changed.notify_all()

    def _seconds(self, place: int) -> float | None:
        """Say about how long it is until the one at this place of the waiting may begin."""
        left = [ticket.left() for ticket in self._running]
        known = sorted(one for one in left if one is not None)
        if not known:
            return None
        mean = sum(known) / len(known)
        return known[0] + mean * place / self.at_once
