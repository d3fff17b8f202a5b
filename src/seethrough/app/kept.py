"""Things kept for a while: what was longest unasked for goes when there is no more room."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """A dictionary that holds at most so many bytes; `size` says what one weighs (1 to count things). For many threads.

    >>> few = Kept(10, len)
    >>> few["a"], few["b"] = "12345", "123456"
    >>> "a" in few, few.get("b")
    (False, '123456')
    """

    def __init__(self, most: int, size: Callable[[V], int]) -> None:
        """Begin with nothing."""
        self._most, self._size = most, size
        self._things: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def __setitem__(self, key: K, thing: V) -> None:
        """Keep a thing; others go where there is no room. The last one kept stays, whatever it weighs."""
        with self._lock:
            self._drop(key)
            self._things[key] = thing
            self.bytes += self._size(thing)
            while len(self._things) > 1 and self.bytes > self._most:
                self._drop(next(iter(self._things)))

    def get(self, key: K) -> V | None:
        """Return a thing, if it is still there; it was asked for, so it stays longer."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def pop(self, key: K) -> None:
        """Forget a thing."""
        with self._lock:
            self._drop(key)

    def items(self) -> list[tuple[K, V]]:
        """Return all there is with its key, the longest unasked first."""
        with self._lock:
            return list(self._things.items())

    def __contains__(self, key: object) -> bool:
        """Tell whether a thing is still there."""
        with self._lock:
            return key in self._things

    def __len__(self) -> int:
        """Count what there is."""
        with self._lock:
            return len(self._things)

    def _drop(self, key: K) -> None:
        if key in self._things:
            self.bytes -= self._size(self._things.pop(key))
