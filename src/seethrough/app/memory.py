"""Memory in a process of many threads: each would keep for itself what it freed."""

import ctypes

ARENA_MAX = -8
"""How glibc calls the number of its heaps."""
HEAPS = 2


def share_freed_memory() -> None:
    """Let all threads share few heaps, where the C library can (glibc): what one frees another uses."""
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    if choose is not None:
        choose(ARENA_MAX, HEAPS)
