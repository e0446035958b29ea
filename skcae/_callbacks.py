"""scikit-learn's callbacks, where the installed version has them (1.9 and later): a fit and its epochs as their tasks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Self

from skcae.core.train import Epoch, Result

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupportMixin
    from sklearn.callback import with_callbacks as with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Of scikit-learn before 1.9, which has no callbacks: contexts that call nobody."""

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
        """The method as it is."""
        return method


ATTACHED = (
    "_skl_callbacks",
    "_skl_callbacks_to_teardown",
    "_callback_fit_ctx",
    "_parent_callback_ctx",
)
"""Where scikit-learn keeps callbacks and their contexts on an estimator."""


def without_callbacks(state: dict[str, Any], fitted: str) -> dict[str, Any]:
    """What to save of a state that has the attribute ``fitted``; those of an unfitted estimator must reach workers."""
    return (
        {name: value for name, value in state.items() if name not in ATTACHED}
        if fitted in state
        else state
    )


class CopiesMixin:
    """Copies in memory keep callbacks, as those of scikit-learn's estimators do; files do not."""

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = object.__new__(type(self))
        vars(twin).update(deepcopy(vars(self), memo))
        return twin


class FitTask:
    """A fit that callbacks follow. Each of its epochs is a task of its own, from the end of the one before.

    An epoch that is trained again, having been undone, belongs to the task that it was:
    callbacks hear of each number once.
    """

    def __init__(
        self, estimator: Any, name: str, n_epochs: int, X: Any, y: Any, sample_weight: Any
    ) -> None:
        # ScoringMonitor scores nothing without a y; our own score takes and ignores
        # one.
        self.about = {"estimator": estimator, "X": X, "y": X if y is None else y}
        self.about["metadata"] = None if sample_weight is None else {"sample_weight": sample_weight}
        self.context = estimator._init_callback_context(task_name=name, max_subtasks=n_epochs)
        self.context.call_on_fit_task_begin(**self.about)
        self.epoch: Any = None
        self.number = 0

    def begin_epoch(self) -> None:
        """Tell that the next epoch begins."""
        self.epoch, self.number = self.context.subcontext(task_name="epoch"), self.number + 1
        self.epoch.call_on_fit_task_begin(**self.about)

    def on_epoch(self, epoch: Epoch, result: Result, fitted: Callable[[], dict[str, Any]]) -> bool:
        """Tell of an epoch; ``fitted`` gives the attributes of the estimator, as if the fit ended there. Whether to end it."""
        if epoch.number < self.number:
            return False
        stop: bool = self.epoch.call_on_fit_task_end(**self.about, reconstruction_attributes=fitted)
        self.epoch = None
        if result.status == "running" and not stop:
            self.begin_epoch()
        return stop

    def end(self) -> None:
        """The estimator is fitted."""
        if self.epoch is not None:  # interrupted in it, or gone back and ended before it
            self.epoch.call_on_fit_task_end(estimator=self.about["estimator"])
        self.context.call_on_fit_task_end(**self.about, reconstruction_attributes={})


def context_of(estimator: Any, **task: Any) -> Any:
    """The context of a fit of any estimator; one that calls nobody, if the estimator has no callbacks."""
    return CallbackSupportMixin._init_callback_context(estimator, **task)


@contextmanager
def subtask(estimator: Any, parent: Any, name: str, n_tasks: int = 0) -> Iterator[Any]:
    """A part of a fit, as a task of its own."""
    context = parent.subcontext(task_name=name, max_subtasks=n_tasks).call_on_fit_task_begin(
        estimator=estimator
    )
    yield context
    context.call_on_fit_task_end(estimator=estimator)
