"""A module held by one alone, and still: in evaluation mode, its weights wanting no gradient."""

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

# Two networks around the same module must take turns too.
_LOCKS: "weakref.WeakKeyDictionary[nn.Module, threading.RLock]" = weakref.WeakKeyDictionary()
_LOCKS_LOCK = threading.Lock()


def lock_of(module: nn.Module) -> threading.RLock:
    """Return the lock of a module, the same one whoever asks."""
    with _LOCKS_LOCK:
        return _LOCKS.setdefault(module, threading.RLock())


@contextmanager
def still(module: nn.Module, *, frozen: bool) -> Iterator[None]:
    """Put a module into evaluation mode, and its weights beyond gradients where they are to be `frozen`; then all back."""
    training = [part for part in module.modules() if part.training]
    asked = [weight for weight in module.parameters() if weight.requires_grad] if frozen else []
    try:
        for part in training:
            part.training = False
        for weight in asked:
            weight.requires_grad = False
        yield
    finally:
        for part in training:
            part.training = True
        for weight in asked:
            weight.requires_grad = True
