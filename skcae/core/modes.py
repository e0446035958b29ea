"""torch's modes that a caller may have entered, and that must not change what is computed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

AUTOCAST = ("cpu", "cuda")
"""Kinds of devices on which products may be cast to a shorter dtype."""


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
