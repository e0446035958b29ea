"""One thread per process, since small arrays gain nothing by more; shared fixtures."""

import os

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def interrupt_after_an_epoch(monkeypatch):
    """The user presses Ctrl-C when a fit with verbose=1 prints its first line."""

    def interrupting_print(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.print", interrupting_print)
