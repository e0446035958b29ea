"""All that an estimator is, to compare with what it was: every attribute, to the last bit, and that it is the same object.

And a way to make a call fail.
"""

from typing import Any

import numpy as np
import pytest

from skcae import _bridge
from skcae.core import streams


def fail_at_batch(monkeypatch: pytest.MonkeyPatch, at: int, error: type[BaseException]) -> None:
    """Batches are gathered one by one, and the rows of number ``at`` cannot be had."""
    gather, calls = _bridge.Rows.gather, []

    def failing(self: _bridge.Rows, index: Any) -> Any:
        calls.append(index)
        if len(calls) == at:
            raise error
        return gather(self, index)

    monkeypatch.setattr(_bridge.Rows, "gather", failing)
    monkeypatch.setattr(streams, "BLOCK_ELEMENTS", 1)


def snapshot(estimator: Any) -> dict[str, tuple[Any, Any]]:
    """Every attribute, kept alive so that no other can take its place in memory, with its content."""
    return {name: (Same(value), content(value)) for name, value in vars(estimator).items()}


def contents(estimator: Any) -> dict[str, Any]:
    """The content of every attribute, for estimators that are not one object."""
    return {name: content(value) for name, value in vars(estimator).items()}


class Same:
    """Equal to the same object only."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    __hash__ = None  # type: ignore[assignment]


def content(value: Any) -> Any:
    """Equal only if every bit is."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {name: content(part) for name, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return type(value), [content(part) for part in value]
    return type(value), value.hex() if isinstance(value, float) else repr(value)
