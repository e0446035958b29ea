"""Many trainings as one: estimators that differ in what a batch of models may differ in are fitted together."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.base import clone
from sklearn.utils import check_random_state

from skcae import _bridge, _validation, distributed
from skcae._base import BaseAutoencoder
from skcae._callbacks import subtask
from skcae._contractive import ContractiveAutoencoder
from skcae.core.objective import Objective
from skcae.core.solvers import State
from skcae.core.streams import Stream
from skcae.core.train import Epoch, Task, train

TOGETHER_ELEMENTS = {"cpu": 1 << 20, "cuda": 1 << 27}
"""Elements of parameters, buffers and batches that one group of models may hold: on a CPU what its caches hold about."""


def contractive_path(
    X: Any, alphas: Sequence[float], *, sample_weight: Any = None, **parameters: Any
) -> list[ContractiveAutoencoder]:
    """Fit a contractive autoencoder for every alpha, all of them in one training.

    Every estimator equals, up to rounding, the one that
    ``ContractiveAutoencoder(alpha=alpha, **parameters).fit(X)`` gives with the same
    seed. Small layers gain most: what a step costs beside its arithmetic is paid once
    for all alphas. From a few hundred units or features on the matrix products dominate
    and the path takes as long as the single fits.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Training rows.
    alphas : array-like of shape (n_alphas,)
        Contraction strengths, distinct, each at least 0.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.
    **parameters : dict
        Other parameters of ContractiveAutoencoder, the same for every alpha.

    Returns
    -------
    estimators : list of ContractiveAutoencoder
        The fitted estimators, in the order of ``alphas``.

    Raises
    ------
    ValueError
        If ``alphas`` is empty, repeats a value, or holds one that is not a number of at
        least 0, before anything is trained.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import contractive_path
    >>> X = load_digits().data / 16
    >>> path = contractive_path(
    ...     X,
    ...     [0, 0.1, 1],
    ...     n_components=16,
    ...     loss="cross_entropy",
    ...     max_iter=20,
    ...     tol=0.01,
    ...     random_state=0,
    ... )
    >>> [estimator.alpha for estimator in path]
    [0, 0.1, 1]
    >>> path[0].contraction_curve_[-1] > path[2].contraction_curve_[-1]
    True
    """
    estimators = [
        clone(ContractiveAutoencoder(alpha=alpha, **parameters)) for alpha in check_alphas(alphas)
    ]
    for group in grouped(estimators, [(X, sample_weight)] * len(estimators)):
        fit_group(
            group,
            lambda member, epoch: member.estimator._report(
                epoch, f"[alpha={float(member.estimator.alpha):g}] "
            ),
        )
    return estimators


def check_alphas(alphas: Any) -> list[Any]:
    """The alphas as a list, every one of them a distinct number of at least 0."""
    (strength,) = _validation.CONTRACTION_CONSTRAINTS["alpha"]
    values = list(np.atleast_1d(np.asarray(alphas, dtype=object)))
    if not values:
        raise ValueError(
            "alphas is empty; give at least one contraction strength, for instance [0, 0.01, 0.1, 1]."
        )
    for value in values:
        if not strength.is_satisfied_by(value):
            raise ValueError(
                f"alphas holds {value!r}; every contraction strength must be a finite number of at least 0, {strength}."
            )
    if len(set(values)) < len(values):
        repeated = next(value for value in values if values.count(value) > 1)
        raise ValueError(
            f"alphas holds {repeated!r} more than once; name every contraction strength once."
        )
    return values


class Member(NamedTuple):
    """A training that may join a group."""

    estimator: BaseAutoencoder
    task: Task
    source: Hashable
    """Equal for those that see the same rows in the same order with the same draws."""


def grouped(
    estimators: list[BaseAutoencoder], data: list[tuple[Any, Any]], tolerant: bool = False
) -> list[list[Member]]:
    """The trainings of unfitted estimators, each on its (X, sample_weight), in groups that ``fit_group`` trains in lockstep.

    What is wrong with an estimator or its data raises before anything is trained;
    ``tolerant`` leaves that estimator out instead. Estimators without a seed share one.
    """
    distributed.check_alone("A joint training")
    alike: dict[Hashable, list[Member]] = defaultdict(list)
    for member in _members(estimators, data, tolerant):
        alike[_likeness(member.task)].append(member)
    return [group for members in alike.values() for group in _bounded(members)]


def _bounded(members: list[Member]) -> list[list[Member]]:
    """Groups of members that can be trained together, each of a bounded number, and of a whole source where that can be.

    Models of one source share their rows, which those of several sources have to stack.
    """
    task = members[0].task
    size = max(1, TOGETHER_ELEMENTS[task.state.flat.device.type] // _elements(task))
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
    """The trainings, all prepared; those of the same source hold one copy of the rows."""
    unseeded = any(
        estimator.random_state is None for estimator in estimators
    )  # else no global generator is drawn from
    seed = int(check_random_state(None).randint(np.iinfo(np.int32).max)) if unseeded else 0
    members: list[Member] = []
    first: dict[Hashable, Task] = {}
    for estimator, (X, sample_weight) in zip(estimators, data, strict=True):
        try:
            task = _prepared(estimator, X, sample_weight, seed)
        except Exception:
            if tolerant:
                continue
            raise
        draws = _bridge.to_numpy(task.stream.generator.get_state()).tobytes()
        split = task.held_out is not None, task.stream.rows.n_rows, task.state.flat.device
        source = (id(X), id(sample_weight), draws, split, task.stream.corruption)
        shared = first.setdefault(source, task)
        members.append(Member(estimator, _reading(task, shared), source))
    return members


def _prepared(estimator: BaseAutoencoder, X: Any, sample_weight: Any, seed: int) -> Task:
    estimator._validate_params()
    own = seed if estimator.random_state is None else deepcopy(estimator.random_state)
    return estimator._task(X, sample_weight, generator=_bridge.new_generator(own))


def _reading(task: Task, shared: Task) -> Task:
    """The task with the rows of another, and a generator of its own."""

    def own(stream: Stream) -> Stream:
        return Stream(stream.rows, task.stream.generator, stream.corruption)

    return task._replace(
        stream=own(shared.stream), held_out=shared.held_out and own(shared.held_out)
    )


def _likeness(task: Task) -> Hashable:
    """Equal for tasks that one group can hold: all but alpha, weight_decay, the learning rate and the rows is the same."""
    n_batches = task.stream.n_batches(task.schedule.batch_size)
    schedule = replace(
        task.schedule,
        learning_rate=0.0,
        batch_size=task.schedule.batch_size if n_batches > 1 else 0,
    )
    objective = replace(task.objective, alpha=0.0, weight_decay=0.0)
    held_out = 0 if task.held_out is None else task.held_out.n_batches(task.schedule.batch_size)
    return objective, schedule, n_batches, held_out, task.state.flat.dtype, task.state.flat.device


def _elements(task: Task) -> int:
    """What a model adds to a group: parameters, gradient and buffers, and the arrays of a batch."""
    widths = task.objective.architecture.sizes
    return 6 * task.state.flat.numel() + 4 * task.schedule.batch_size * sum(widths)


def fit_group(
    members: list[Member], on_epoch: Callable[[Member, Epoch], None], tolerant: bool = False
) -> None:
    """Train the members in lockstep and fit their estimators; ``tolerant`` leaves out those whose objective diverges."""
    tasks = [member.task for member in members]
    of_source = {member.source: member.task for member in reversed(members)}
    sources = list(of_source)
    state, objective = _stacked(tasks) if len(tasks) > 1 else (tasks[0].state, tasks[0].objective)
    batch_size = max(task.schedule.batch_size for task in tasks)
    results = train(
        state,
        objective,
        [replace(task.schedule, batch_size=batch_size) for task in tasks],
        [task.stream for task in of_source.values()],
        [sources.index(member.source) for member in members],
        lambda model, epoch, so_far: on_epoch(members[model], epoch),
        [task.held_out for task in of_source.values() if task.held_out] or None,
    )
    for member, result in zip(members, results, strict=True):
        if not tolerant or result.status != "diverged":
            member.estimator._finish(member.task, result)


def _stacked(tasks: list[Task]) -> tuple[State, Objective]:
    flat = torch.stack([task.state.flat for task in tasks])
    alpha, decay = (
        torch.tensor(
            [getattr(task.objective, knob) for task in tasks], dtype=flat.dtype, device=flat.device
        )
        for knob in ("alpha", "weight_decay")
    )
    return State.start(flat, tasks[0].schedule.solver), replace(
        tasks[0].objective, alpha=alpha, weight_decay=decay
    )


class Progress:
    """What an estimator shows of a joint training in its fit: a task with one for each group, and lines where it is verbose."""

    def __init__(self, estimator: Any, context: Any) -> None:
        self.estimator, self.context = estimator, context

    def of_groups(
        self, groups: list[list[Member]]
    ) -> Iterator[tuple[list[Member], Callable[[Member, Epoch], None]]]:
        """Each group with what to call at the end of an epoch."""
        with subtask(self.estimator, self.context, "joint-training", len(groups)) as training:
            for number, group in enumerate(groups, 1):
                self._say(
                    0,
                    f"Training {len(group)} autoencoders together, group {number} of {len(groups)}",
                )
                n_epochs = group[0].task.schedule.max_iter
                with subtask(self.estimator, training, f"group-of-{len(group)}", n_epochs) as task:
                    yield group, self._follower(task, n_epochs)

    def _follower(self, task: Any, n_epochs: int) -> Callable[[Member, Epoch], None]:
        reached = 0

        def on_epoch(member: Member, epoch: Epoch) -> None:
            nonlocal reached
            member.estimator._report(epoch)
            if epoch.number > reached:
                reached = epoch.number
                self._say(1, f"Epoch {reached} of {n_epochs} at most")
                with subtask(self.estimator, task, "epoch"):
                    pass

        return on_epoch

    def _say(self, level: int, text: str) -> None:
        if self.estimator.verbose > level:
            print(text)
