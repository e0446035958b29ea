"""From a prepared training to the fitted estimator."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, cast

from skcae import _validation, distributed
from skcae._callbacks import FitTask
from skcae._fitted import adopt, fitted_attributes
from skcae._outcome import Outcome, announce, check_converged
from skcae.core.modes import usual_modes
from skcae.core.monitor import Epoch, Result
from skcae.core.train import Training, train


def all_or_nothing(method: _validation.Method) -> _validation.Method:
    """Outermost decorator of methods that leave their estimator as it was on error."""

    @wraps(method)
    def undone_on_error(estimator: Any, *args: Any, **params: Any) -> Any:
        before = dict(vars(estimator))
        try:
            with usual_modes():
                return method(estimator, *args, **params)
        except BaseException:
            estimator.__dict__ = before
            raise

    return cast(_validation.Method, undone_on_error)


def train_estimator(
    estimator: Any,
    prepare: Callable[[], Training],
    followed: FitTask,
    resume: bool = False,
    tried: Sequence[Outcome] = (),
    attributes: Callable[[Training, Result, Any], dict[str, Any]] = fitted_attributes,
) -> Any:
    """Run the training that ``prepare`` returns and set the fitted attributes.

    ``tried`` holds the outcomes of earlier trainings in the same fit. ``attributes``
    returns the fitted attributes that result from a training.
    """
    training, team = distributed.joined(estimator, prepare)
    before = estimator if resume else None

    def on_epoch(model: int, epoch: Epoch, so_far: Callable[[], Result]) -> bool:
        if team.rank == 0:
            estimator._report(epoch)
        result = so_far()
        return followed.on_epoch(epoch, result, partial(attributes, training, result, before))

    followed.begin_epoch()
    held_out = None if training.held_out is None else [training.held_out]
    state, objective, schedule, stream, *_ = training
    (result,) = train(state, objective, [schedule], [stream], [0], on_epoch, held_out, team)
    outcome = Outcome(training, result)
    check_converged(outcome)
    announce(type(estimator).__name__, [*tried, outcome])
    adopt(estimator, attributes(training, result, before))
    followed.end()
    return estimator
