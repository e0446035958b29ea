"""torch's modes that a caller may be in, and that must not change the results."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

AUTOCAST = ("cpu", "cuda")
"""Types of devices on which autocast may shorten the dtype of products."""


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
