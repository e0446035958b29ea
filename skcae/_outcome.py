"""Outcomes of trainings in words: printed epochs, warnings and divergence.

A warning names the class of the estimator and points at the user's line. That is the
innermost line that belongs neither to this package nor to a library that called it.
"""

import os
import sys
import sysconfig
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from math import sqrt
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import joblib
import sklearn
import torch
from sklearn.exceptions import ConvergenceWarning

from skcae._defaults import LONG_EPOCHS, LONG_STEPS
from skcae._seen import Seen
from skcae.core.monitor import Epoch, Result, Status, ends
from skcae.core.train import Training

COLLAPSE = 1e-4
"""Relative spread of the codes below which they count as collapsed."""
SATURATED, MOSTLY = 1e-2, 0.9
"""A unit responds above this share of the largest slope. Most do not: above that one."""
TINY = 0.05
"""Distance of rows from their mean below which units that are not 0 at 0 may hide it."""
LOST = 0.1
"""Share of the variance that is lost in this case."""
OWN = Path(__file__).parent
OTHERS = (Path(str(one.__file__)).parent for one in (sklearn, joblib, torch))
LIBRARIES = tuple(os.path.join(folder, "") for folder in (OWN, *OTHERS))
"""Folders, each with a separator at its end: skcae/ does not contain skcae_try.py."""
STANDARD_LIBRARY = os.path.join(sysconfig.get_path("stdlib"), "")


class Outcome(NamedTuple):
    """A training and its result."""

    training: Training
    result: Result
    candidate: bool = False
    """Whether this is one of many alphas tried; their codes may collapse."""


def epoch_line(epoch: Epoch) -> str:
    """The line printed for an epoch."""
    parts = ", ".join(f"{name} = {value:.8f}" for name, value in epoch.parts.items())
    held_out = "" if epoch.validation is None else f", held out = {epoch.validation:.8f}"
    return f"Iteration {epoch.number}, loss = {epoch.total:.8f} ({parts}){held_out}"


def check_converged(outcome: Outcome) -> None:
    """Raise if the objective diverged at every learning rate."""
    if outcome.result.status is Status.DIVERGED:
        raise ValueError(_diverged(outcome))


def announce(name: str, outcomes: Sequence[Outcome]) -> None:
    """Warn about the trainings of one fit, of the estimator with this name.

    With several trainings, each warning is issued once, with the number of trainings
    that it concerns.
    """
    for notice, category in NOTICES:
        texts = [text for outcome in outcomes if (text := notice(outcome))]
        if texts:
            which = f", {len(texts)} of {len(outcomes)} fits" if len(outcomes) > 1 else ""
            warn_user(f"{name}{which}: {texts[0]}", category)


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the user's code that led here.

    A thread of joblib has no such line. The line is then the one at which the main
    thread waits.
    """
    frames = [*_outwards(sys._getframe(1))]
    main = threading.main_thread().ident
    if threading.get_ident() != main:
        frames += _outwards(sys._current_frames().get(main or 0))
    users = (frame for frame in frames if not _is_of_a_library(frame.f_code.co_filename))
    frame = next(users, frames[-1])
    space = frame.f_globals
    registry = space.setdefault("__warningregistry__", {})
    place = frame.f_code.co_filename, frame.f_lineno, space.get("__name__", "<string>"), registry
    warnings.warn_explicit(message, category, *place)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and its callers, from the inside out."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_of_a_library(path: str) -> bool:
    standard = path.startswith(STANDARD_LIBRARY) and "site-packages" not in path
    return standard or path.startswith((*LIBRARIES, "<frozen"))


def _rates(outcome: Outcome) -> tuple[str, str]:
    """The learning rate that was set, and the rate after all cuts."""
    highest = outcome.training.schedule.learning_rate
    return f"learning_rate_init={highest:g}", f"{highest * outcome.result.cut:g}"


def _diverged(outcome: Outcome) -> str:
    rate, last = _rates(outcome)
    return (
        f"The objective diverged with {rate}, and with rates down to {last}. Scale X, for "
        "instance with StandardScaler, or set a lower learning_rate_init, "
        f"{_kind(outcome).strength} or weight_decay."
    )


def _exploded(outcome: Outcome) -> str | None:
    if not outcome.result.explosions:
        return None
    rate, last = _rates(outcome)
    return (
        f"The objective diverged with {rate}; training went on from the last good epoch with "
        f"{last}. Scaling X, for instance with StandardScaler, or a lower learning_rate_init "
        "would help."
    )


def _collapsed(outcome: Outcome) -> str | None:
    """Whether no unit varies over some of the training rows, up to a small spread.

    The spread is compared with the largest value of the code or with 1, the size at
    which activations saturate, whichever is larger. If all of X is below 1, its largest
    value takes the place of 1. Equal rows must have equal codes, which are no collapse.
    """
    if outcome.candidate:
        return None
    seen = Seen(outcome.training, outcome.result)
    spread = float((seen.code.amax(0) - seen.code.amin(0)).max())
    largest = float(seen.code.abs().max())
    some = spread > COLLAPSE * max(largest, 1.0)  # then rows need not be turned back
    if some or spread > COLLAPSE * max(largest, min(1.0, seen.largest)) or not seen.differ:
        return None
    return (
        f"The code has collapsed: over the training rows no unit varies by more than "
        f"{spread:g}. {_remedy(outcome)}, or choose another activation."
    )


def _saturated(outcome: Outcome) -> str | None:
    """Whether most entries of the code do not respond to changes of the row.

    Strong contraction has this effect on scaled rows too, so only others count.
    """
    activation = outcome.training.objective.architecture.activations[-1]
    if outcome.candidate or not activation.bounded:
        return None
    seen = Seen(outcome.training, outcome.result)
    flat = activation.slope(seen.code) < SATURATED * activation.steepest
    stuck = float(flat.double().mean())
    if stuck <= MOSTLY or not seen.is_unscaled or not seen.differ or _collapsed(outcome):
        return None
    return (
        f"The code has saturated: {stuck:.0%} of its entries hardly respond to changes of the "
        "row. Scale X, for instance with StandardScaler."
    )


def _tiny(outcome: Outcome) -> str | None:
    """Whether rows that differ by little were lost beside units that are not zero at zero.

    With the squared error, the loss of the mean row is the variance of the rows.
    """
    objective, result = outcome.training.objective, outcome.result
    squared = getattr(objective, "loss_name", None) == "squared_error"
    brief = _one_pass(outcome) or _is_short(outcome)
    if outcome.candidate or not squared or brief or _no_better_than_the_mean(outcome):
        return None
    zero = torch.zeros(1, device="cpu")
    shifts = [float(one.forward(zero)) for one in objective.architecture.activations]
    variance = result.baseline.mean
    lost = result.history[-1].loss > LOST * variance
    if variance >= TINY**2 or not any(shifts) or not lost:
        return None
    return (
        f"The rows are {sqrt(variance):.2g} from their mean, which is little beside units that are "
        f"{max(shifts):.2g} at 0. Scale X, for instance with StandardScaler."
    )


def _interrupted(outcome: Outcome) -> str | None:
    return outcome.result.status.value if outcome.result.status is Status.INTERRUPTED else None


class Kind(NamedTuple):
    """What a fit has done that has learned nothing, and a parameter that may be why."""

    no_better: str
    strength: str


RECONSTRUCTION = Kind("training rows are reconstructed no better than by their mean", "alpha")
KINDS: dict[str | tuple[str, ...], Kind] = {
    ("reconstruction",): RECONSTRUCTION._replace(strength="corruption_level"),
    "log_loss": Kind(
        "labels are predicted no better than by the frequencies of the classes", "tangent_strength"
    ),
}
"""By the names of all parts of an objective, or by that of the first."""


def _kind(outcome: Outcome) -> Kind:
    parts = outcome.training.objective.part_names
    return KINDS.get(parts) or KINDS.get(parts[0], RECONSTRUCTION)


def _remedy(outcome: Outcome) -> str:
    """What to do about a fit that has learned nothing."""
    lower = f"lower {_kind(outcome).strength} or learning_rate_init"
    scale = f"scale X, for instance with StandardScaler, or {lower}"
    if not _is_short(outcome):
        return scale[0].upper() + scale[1:]
    max_iter = outcome.training.schedule.max_iter
    return f"Increase max_iter, which is only {max_iter}. If that does not help, {scale}"


def _is_short(outcome: Outcome) -> bool:
    """Whether a fit, not a pass of partial_fit, ended at a small max_iter."""
    n_epochs = len(outcome.result.history)
    schedule = outcome.training.schedule
    n_steps = n_epochs * outcome.training.stream.n_batches(schedule.batch_size)
    few = n_epochs < LONG_EPOCHS and n_steps < LONG_STEPS
    return few and n_epochs == schedule.max_iter and not _one_pass(outcome)


def _one_pass(outcome: Outcome) -> bool:
    """Whether it is a pass of partial_fit, whose rows may be few."""
    schedule = outcome.training.schedule
    return schedule.max_iter == 1 and schedule.n_iter_no_change is None


def _no_better_than_the_mean(outcome: Outcome) -> str | None:
    """Whether a fit has settled, and has learned nothing.

    Among many alphas tried, the highest are expected to be too high.
    """
    result = outcome.result
    asked = outcome.training.schedule.n_iter_no_change is not None
    settled = asked and result.status is Status.CONVERGED
    known = outcome.candidate or not result.no_better_than_the_mean
    if not settled or known:
        return None
    return (
        f"The {_kind(outcome).no_better}: the mean loss is {result.history[-1].loss:g}, and "
        f"{result.baseline.mean:g} without any learning. {_remedy(outcome)}."
    )


def _unfinished(outcome: Outcome) -> str | None:
    """Whether a longer fit would lower the objective much, as its second half did."""
    schedule, result = outcome.training.schedule, outcome.result
    if result.status is not Status.MAX_ITER:
        return None
    gains = []
    for before, after in (ends(result.history, fraction) for fraction in (0.5, 0.1)):
        gain = max(before - after, 0.0)
        gains.append(f"{gain and gain / (abs(after) + gain):.1%}")
    of_half = f"the second half of them lowered the objective by {gains[0]}"
    of_many = f"{of_half}, the last tenth by {gains[1]}"
    of_one = "what another would gain is not known"
    mean = f", and the {_kind(outcome).no_better}"
    constant = ", or change learning_rate_init"
    return (
        f"Not converged after max_iter={schedule.max_iter} epochs: "
        f"{of_many if len(result.history) > 1 else of_one}"
        f"{mean * result.no_better_than_the_mean}. Increase max_iter"
        f"{constant * (schedule.rate == 'constant')}."
    )


NOTICES: list[tuple[Callable[[Outcome], str | None], type[Warning]]] = [
    (_exploded, ConvergenceWarning),
    (_collapsed, UserWarning),
    (_saturated, UserWarning),
    (_tiny, UserWarning),
    (_interrupted, UserWarning),
    (_no_better_than_the_mean, ConvergenceWarning),
    (_unfinished, ConvergenceWarning),
]
"""Each notice, which returns the text of a warning or None, and its category."""
