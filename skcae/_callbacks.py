"""A fit and its epochs as tasks of scikit-learn's callbacks, available since 1.9."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from skcae.core.monitor import Epoch, Result, Status

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupportMixin
    from sklearn.callback import with_callbacks as with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand-in before scikit-learn 1.9, whose contexts call no callbacks."""

        def _init_callback_context(self, **task: Any) -> "_NoContext":
            return _NoContext()

    class _NoContext:
        def subcontext(self, **task: Any) -> "_NoContext":
            return self

        def call_on_fit_task_begin(self, **about: Any) -> "_NoContext":
            return self

        def call_on_fit_task_end(self, **about: Any) -> bool:
            return False

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method unchanged."""
        return method


ATTACHED = (
    "_skl_callbacks",
    "_skl_callbacks_to_teardown",
    "_callback_fit_ctx",
    "_parent_callback_ctx",
)
"""Attributes in which scikit-learn keeps the callbacks of an estimator."""


class InMemory:
    """A value that copies in memory keep and that pickles drop."""

    value: Any = None

    @classmethod
    def of(cls, value: Any) -> "InMemory":
        """Wrap a value."""
        kept = cls()
        kept.value = value
        return kept

    def __deepcopy__(self, memo: dict[int, Any]) -> "InMemory":
        return InMemory.of(deepcopy(self.value, memo))

    def __getstate__(self) -> dict[str, Any]:
        return {}


def state_to_save(state: dict[str, Any], fitted: str) -> dict[str, Any]:
    """A state whose callbacks are not pickled, if the estimator is fitted.

    ``fitted`` is the name of an attribute of fitted estimators. The callbacks of an
    unfitted estimator must reach the workers that fit it.
    """
    if fitted not in state:
        return state
    return state | {name: InMemory.of(state[name]) for name in ATTACHED if name in state}


def state_to_set(state: dict[str, Any]) -> dict[str, Any]:
    """The state with its callbacks unwrapped, if they were kept."""
    kept = {name: value.value for name, value in state.items() if isinstance(value, InMemory)}
    others = {name: value for name, value in state.items() if name not in kept}
    return others | {name: value for name, value in kept.items() if value is not None}


class FitTask:
    """A fit as a task of callbacks, with a subtask for each epoch.

    The task of an epoch begins when that of the epoch before ends. Callbacks see each
    epoch number once: an epoch that is undone and trained again keeps its task.
    """

    def __init__(
        self, estimator: Any, name: str, n_epochs: int, X: Any, y: Any, sample_weight: Any
    ) -> None:
        # ScoringMonitor scores nothing without a y, so X is passed as y: score ignores
        # it.
        self.about = {"estimator": estimator, "X": X, "y": X if y is None else y}
        self.about["metadata"] = None if sample_weight is None else {"sample_weight": sample_weight}
        self.context = estimator._init_callback_context(task_name=name, max_subtasks=n_epochs)
        self.context.call_on_fit_task_begin(**self.about)
        self.epoch: Any = None
        self.number = 0

    def begin_epoch(self) -> None:
        """Report that the next epoch begins."""
        self.epoch, self.number = self.context.subcontext(task_name="epoch"), self.number + 1
        self.epoch.call_on_fit_task_begin(**self.about)

    def on_epoch(self, epoch: Epoch, result: Result, fitted: Callable[[], dict[str, Any]]) -> bool:
        """Report an epoch, and return whether a callback asks to end the fit.

        ``fitted`` returns the attributes that the estimator would have if the fit ended
        here.
        """
        if epoch.number < self.number:
            return False
        stop: bool = self.epoch.call_on_fit_task_end(**self.about, reconstruction_attributes=fitted)
        self.epoch = None
        if result.status is Status.RUNNING and not stop:
            self.begin_epoch()
        return stop

    def end(self) -> None:
        """Report that the estimator is fitted."""
        if self.epoch is not None:  # interrupted in this epoch, or ended before it
            self.epoch.call_on_fit_task_end(estimator=self.about["estimator"])
        self.context.call_on_fit_task_end(**self.about, reconstruction_attributes={})


def context_of(estimator: Any, **task: Any) -> Any:
    """The callback context of a fit of any estimator, with or without callbacks."""
    return CallbackSupportMixin._init_callback_context(estimator, **task)


@contextmanager
def subtask(estimator: Any, parent: Any, name: str, n_tasks: int = 0) -> Iterator[Any]:
    """A part of a fit as a subtask."""
    context = parent.subcontext(task_name=name, max_subtasks=n_tasks).call_on_fit_task_begin(
        estimator=estimator
    )
    yield context
    context.call_on_fit_task_end(estimator=estimator)
