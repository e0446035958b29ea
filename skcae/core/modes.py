"""torch's modes: those that must not change what is computed, and the threads that it is worth."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

AUTOCAST = ("cpu", "cuda")
"""Kinds of devices on which products may be cast to a shorter dtype."""

IN_STEP, AT_ONCE = 1 << 20, 1 << 23
"""Multiply-adds below which a second thread costs more than it does.

In a step of a training, whose threads wait for the next one awake, and in a single pass
over rows, for which they have to be woken.
"""


@contextmanager
def threads_for(multiply_adds: int, worth: int) -> Iterator[None]:
    """One thread for less than what is ``worth`` more, else as many as the caller has.

    Two threads meet at the end of every operation, and the one waits for the other if
    that has lost its core to another library's threads or to another process. torch
    keeps the number for each thread of the caller.
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
