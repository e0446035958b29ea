"""torch's global modes, which must not change a result, and its number of threads."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

AUTOCAST = ("cpu", "cuda")
"""Kinds of devices on which products may be cast to a shorter dtype."""

IN_STEP, AT_ONCE = 1 << 20, 1 << 23
"""Numbers of multiply-adds below which a second thread costs more than it saves.

In the steps of a training, threads are awake between operations. In a single pass over
rows, they have to be woken first.
"""


@contextmanager
def threads_for(multiply_adds: int, worth: int) -> Iterator[None]:
    """Use one thread for fewer than ``worth`` multiply-adds, else the caller's number.

    Threads wait for each other at the end of every operation. If one of them has lost its
    core to another process or to the threads of another library, all wait. torch keeps
    the number of threads for each thread of the caller.
    """
    before = torch.get_num_threads()
    if multiply_adds >= worth or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def usual_modes() -> Iterator[None]:
    """Leave inference mode and autocast, if the caller is in one of them.

    The default device and dtype need no mode: every tensor is created with its own.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        for kind in AUTOCAST:
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield
