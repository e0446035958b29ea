"""Many trainings as one: estimators that differ in little are trained together."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from copy import deepcopy
from dataclasses import replace
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.utils import check_random_state

from skcae import _bridge, distributed
from skcae._base import BaseAutoencoder
from skcae._callbacks import subtask
from skcae._fitted import adopt, fitted_attributes
from skcae._outcome import Outcome, check_converged
from skcae.core.modes import usual_modes
from skcae.core.monitor import Epoch, Status
from skcae.core.objective import AutoencoderObjective, common, together
from skcae.core.state import TrainingState
from skcae.core.streams import Stream
from skcae.core.train import Training, train

TOGETHER_ELEMENTS = {"cpu": 1 << 21, "cuda": 1 << 27}
"""Elements of parameters, buffers and batches that one group of models may hold.

On a CPU this is about the size of its caches.
"""


class Member(NamedTuple):
    """A training that may join a group."""

    estimator: BaseAutoencoder
    training: Training
    source: Hashable
    """Equal for members with the same rows, order of rows and random numbers."""


class Decomposition:
    """The span of rows that many trainings share, computed for the first that asks."""

    along: _bridge.Along | None = None

    def __call__(self, rows: _bridge.Rows) -> _bridge.Along:
        if self.along is None:
            self.along = rows.along_axes()
        return self.along


@usual_modes()
def grouped(
    estimators: list[BaseAutoencoder], data: list[tuple[Any, Any]], tolerant: bool = False
) -> list[list[Member]]:
    """Groups of trainings for ``fit_group``, one training for each unfitted estimator.

    ``data`` holds an (X, sample_weight) for each. An estimator or data that are not
    valid raise before any training; if ``tolerant``, the estimator is left out instead.
    Estimators without a seed share one.
    """
    distributed.check_alone("A joint training")
    alike: dict[Hashable, list[Member]] = defaultdict(list)
    for member in _members(estimators, data, tolerant):
        alike[_likeness(member.training)].append(member)
    return [group for members in alike.values() for group in _bounded(members)]


def _bounded(members: list[Member]) -> list[list[Member]]:
    """Groups of bounded size, each holding the members of one source if possible.

    Models of one source share their rows. Rows of several sources have to be stacked.
    """
    state = members[0].training.state
    most = TOGETHER_ELEMENTS["cpu" if state.flat.device.type == "cpu" else "cuda"]
    size = max(1, most // _elements(members[0].training))
    of_source: dict[Hashable, list[Member]] = defaultdict(list)
    for member in members:
        of_source[member.source].append(member)
    groups: list[list[Member]] = []
    for same in of_source.values():
        for part in np.array_split(np.arange(len(same)), ceil(len(same) / size)):
            if not groups or len(groups[-1]) + len(part) > size:
                groups.append([])
            groups[-1] += [same[position] for position in part]
    return groups


def _members(
    estimators: list[BaseAutoencoder], data: list[tuple[Any, Any]], tolerant: bool
) -> list[Member]:
    """The prepared trainings; those of one source share one copy of the rows."""
    # Draw from the global generator only if an estimator needs it.
    unseeded = any(estimator.random_state is None for estimator in estimators)
    seed = int(check_random_state(None).randint(np.iinfo(np.int32).max)) if unseeded else 0
    members: list[Member] = []
    first: dict[Hashable, Training] = {}
    decompositions: dict[Hashable, Decomposition] = defaultdict(Decomposition)
    for estimator, (X, sample_weight) in zip(estimators, data, strict=True):
        try:
            along_axes = decompositions[id(X), id(sample_weight)]
            training = _prepared(estimator, X, sample_weight, seed, along_axes)
        except Exception:
            if tolerant:
                continue
            raise
        source = (id(X), id(sample_weight), *_draws(training))
        shared = first.setdefault(source, training)
        members.append(Member(estimator, _reading(training, shared), source))
    return members


def _prepared(
    estimator: BaseAutoencoder, X: Any, sample_weight: Any, seed: int, along_axes: Decomposition
) -> Training:
    estimator._validate_params()
    own = seed if estimator.random_state is None else deepcopy(estimator.random_state)
    generator = _bridge.new_generator(own)
    return estimator._training(X, sample_weight, generator=generator, along_axes=along_axes)


def _draws(training: Training) -> tuple[Hashable, ...]:
    """A key that is equal for trainings with the same random numbers on equal rows."""
    stream, held_out = training.stream, training.held_out is not None
    generator = _bridge.to_numpy(stream.generator.get_state()).tobytes()
    device = training.state.flat.device
    rows = stream.rows
    kind = rows.n_rows, rows.n_features, rows.sparse
    return generator, held_out, *kind, device, stream.corruption


def _reading(training: Training, shared: Training) -> Training:
    """The training with the rows of another training and its own generator."""

    def own(stream: Stream) -> Stream:
        return Stream(stream.rows, training.stream.generator, stream.corruption)

    held_out = shared.held_out and own(shared.held_out)
    return training._replace(stream=own(shared.stream), held_out=held_out, axes=shared.axes)


def _likeness(training: Training) -> Hashable:
    """A key that is equal for trainings that can share a group.

    They may differ in their rows, their learning rates and the ``per_model`` fields of
    the objective.
    """
    state, objective, schedule, stream, held_out, _ = training
    n_batches = stream.n_batches(schedule.batch_size)
    batch_size = schedule.batch_size if n_batches > 1 else 0
    same = replace(schedule, learning_rate=0.0, batch_size=batch_size)
    n_held_out = 0 if held_out is None else held_out.n_batches(schedule.batch_size)
    return common(objective), same, n_batches, n_held_out, state.flat.dtype, state.flat.device


def _elements(training: Training) -> int:
    """Number of elements that a model adds: parameters, buffers and batch arrays."""
    widths = training.objective.architecture.sizes
    return 6 * training.state.flat.numel() + 4 * training.schedule.batch_size * sum(widths)


@usual_modes()
def fit_group(
    members: list[Member], on_epoch: Callable[[Member, Epoch], None], tolerant: bool = False
) -> list[Outcome]:
    """Train the members in lockstep, fit their estimators and return the outcomes.

    A member that diverges raises; if ``tolerant``, it is left out.
    """
    trainings = [member.training for member in members]
    of_source = {member.source: member.training for member in reversed(members)}
    sources = list(of_source)
    state, objective = _stacked(trainings)
    batch_size = max(training.schedule.batch_size for training in trainings)
    results = train(
        state,
        objective,
        [replace(training.schedule, batch_size=batch_size) for training in trainings],
        [training.stream for training in of_source.values()],
        [sources.index(member.source) for member in members],
        lambda model, epoch, so_far: on_epoch(members[model], epoch),
        [training.held_out for training in of_source.values() if training.held_out] or None,
    )
    outcomes: list[Outcome] = []
    for member, result in zip(members, results, strict=True):
        outcome = Outcome(member.training, result)
        if tolerant and result.status is Status.DIVERGED:
            continue
        check_converged(outcome)
        adopt(member.estimator, fitted_attributes(member.training, result))
        outcomes.append(outcome)
    return outcomes


def _stacked(trainings: list[Training]) -> tuple[TrainingState, AutoencoderObjective]:
    """The joint state and objective of many models, or those of a single one."""
    first = trainings[0]
    if len(trainings) == 1:
        return first.state, first.objective
    flat = torch.stack([training.state.flat for training in trainings])
    objective = together([training.objective for training in trainings], flat)
    return TrainingState.start(flat, first.schedule.solver), objective


class Progress:
    """Reports on a joint training within the fit of an estimator.

    Callbacks see a task with a subtask for each group. Lines are printed if the
    estimator is verbose.
    """

    def __init__(self, estimator: Any, context: Any) -> None:
        self.estimator = estimator
        self.context = context

    def of_groups(
        self, groups: list[list[Member]]
    ) -> Iterator[tuple[list[Member], Callable[[Member, Epoch], None]]]:
        """Each group, with the function to call at the end of an epoch."""
        with subtask(self.estimator, self.context, "joint-training", len(groups)) as training:
            for number, group in enumerate(groups, 1):
                which = f"group {number} of {len(groups)}"
                self._say(0, f"Training {len(group)} autoencoders together, {which}")
                n_epochs = group[0].training.schedule.max_iter
                with subtask(self.estimator, training, f"group-of-{len(group)}", n_epochs) as task:
                    yield group, self._follower(task, n_epochs)

    def _follower(self, task: Any, n_epochs: int) -> Callable[[Member, Epoch], None]:
        reached = 0

        def on_epoch(member: Member, epoch: Epoch) -> None:
            nonlocal reached
            member.estimator._report(epoch)
            if epoch.number > reached:
                reached = epoch.number
                self._say(1, f"Epoch {reached} of at most {n_epochs}")
                with subtask(self.estimator, task, "epoch"):
                    pass

        return on_epoch

    def _say(self, level: int, text: str) -> None:
        if self.estimator.verbose > level:
            print(text)
