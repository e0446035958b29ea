"""Joint fits on shards of the rows, by the ranks of a torch process group."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from math import ceil
from typing import Any

import torch
from joblib import parallel_config
from joblib.parallel import SequentialBackend

from skcae.core.streams import Stream
from skcae.core.team import ALONE, Alone, Shard, Team
from skcae.core.train import Training

__all__ = ["sharded"]

END = "the end of sharded()"
_team: ContextVar[Team | None] = ContextVar("skcae_team", default=None)


@contextmanager
def sharded() -> Iterator[None]:
    """Make every fit of an autoencoder inside the block a joint fit of all ranks.

    Each rank of the process group runs the same code and passes its own shard of the
    rows to ``fit`` or ``partial_fit``. A step takes one batch from every rank and
    follows the gradient of the objective over all these rows. Stopping, early stopping
    and the response to divergence are decided on all rows. Every rank ends with the
    same fitted estimator.

    - ``batch_size`` is the number of rows that one rank adds to a step. Ranks with
      fewer rows take smaller batches.
    - Shards may differ in size, but each needs at least one row. All means are over the
      rows of all shards, and ``n_samples_seen_`` counts all of them. Early stopping
      holds out a part of every shard.
    - Orders of rows, corruptions and the signs of Hutchinson's estimate are drawn by
      each rank for itself. The extremes of ``"salt_and_pepper"`` are those of the
      rank's own batch. With one batch per rank and nothing random, the fit equals that
      of all rows in one process, up to rounding.
    - Steps before the autoencoder, such as scalers, are fitted to the shard of the rank
      alone. Scale with constants instead, or fit the scaler beforehand.
    - Fits run one after the other. Searches, cross-validation, joint trainings and
      everything else that calls joblib's ``Parallel`` raise, since their choices and
      scores would differ between ranks.
    - An error on one rank ends the block on every rank, with a message that says what
      happened where. A process that dies without an error is noticed by the process
      group, at the latest after its ``timeout``.

    Raises
    ------
    RuntimeError
        If no process group is initialised, if many models are to be trained at once
        inside the block, and on all other ranks if one rank fails inside the block.

    Examples
    --------
    A script for ``torchrun --nproc-per-node 2 script.py``, or any other launcher that
    sets the same environment:

    >>> import torch.distributed
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.distributed import sharded
    >>> def main(X):
    ...     torch.distributed.init_process_group("gloo")
    ...     rank, size = (
    ...         torch.distributed.get_rank(),
    ...         torch.distributed.get_world_size(),
    ...     )
    ...     with sharded():
    ...         return ContractiveAutoencoder(random_state=0).fit(X[rank::size])
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        raise RuntimeError(
            "sharded() needs the process group of torch.distributed, and none is initialised; call "
            "torch.distributed.init_process_group('gloo') first, in a script that torchrun starts."
        )
    team = Team()
    token = _team.set(team)
    try:
        with parallel_config(_NothingInParallel()):
            yield
        if not team.parted:
            _check_same(team.report(END))
    except BaseException as error:
        team.part(error)
        raise
    finally:
        _team.reset(token)


def joined(estimator: Any, prepare: Callable[[], Training]) -> tuple[Training, Alone | Team]:
    """The prepared training and its team; inside ``sharded()``, this rank's part."""
    team = _team.get()
    if team is None:
        return prepare(), ALONE
    try:
        training = prepare()
    except BaseException as error:
        team.part(error)
        raise
    facts = {
        "the objective": _of_any_shape(training.objective),
        "learning_rate_init": estimator.learning_rate_init,
        "the schedule": replace(training.schedule, batch_size=0, learning_rate=0.0),
        "the dtype": training.state.flat.dtype,
        "the number of steps taken before": int(training.state.count),
        "early_stopping": training.held_out is not None,
        "feature_names_in_": list(getattr(estimator, "feature_names_in_", [])),
    }
    size = training.stream.n_rows, training.stream.n_batches(training.schedule.batch_size)
    reports = team.report(
        (facts, training.schedule.learning_rate, size, training.stream.generator.get_state())
    )
    _check_same(reports)
    _, rates, sizes, generators = zip(*reports, strict=True)
    training = training._replace(schedule=replace(training.schedule, learning_rate=min(rates)))
    return _part(training, team.rank, sizes, generators[0]), team


def _of_any_shape(objective: Any) -> Any:
    """The objective without what follows from the number of rows on a rank."""
    return (
        replace(objective, noise=None, in_span=False) if hasattr(objective, "noise") else objective
    )


class _NothingInParallel(SequentialBackend):
    """joblib's backend inside ``sharded()``. It raises: it would fit single shards."""

    def configure(self, **knobs: Any) -> int:
        check_alone("joblib's Parallel, as in a search or cross-validation,")
        return super().configure(**knobs)


def alone() -> bool:
    """Whether this is outside of ``sharded()``."""
    return _team.get() is None


def check_alone(what: str) -> None:
    """Raise inside ``sharded()``, where ``what`` cannot run."""
    if not alone():
        raise RuntimeError(
            f"{what} trains many models in one process; call it outside of "
            "skcae.distributed.sharded()."
        )


def _check_same(reports: list[Any]) -> None:
    for rank, report in enumerate(reports):
        if END in (reports[0], report):
            differing = [
                ("this", *("a fit" if one != END else END for one in (reports[0], report)))
            ]
        else:
            differing = [(name, value, report[0][name]) for name, value in reports[0][0].items()]
        for name, first, other in differing:
            if first != other:
                raise ValueError(
                    f"All ranks must fit the same, but {name} is {first} on rank 0 and {other} on "
                    f"rank {rank}. Give every rank the same parameters, columns and number of "
                    "fits, and X of the same dtype."
                )


def _part(
    training: Training, rank: int, sizes: tuple[tuple[int, int], ...], generator: torch.Tensor
) -> Training:
    """The part of one rank: as many batches as every other rank, and its own draws."""
    rows, batches = zip(*sizes, strict=True)
    n_batches = max(batches)
    lasting = torch.Generator("cpu")
    lasting.set_state(generator)
    own = torch.Generator("cpu").manual_seed(
        int(torch.randint(2**62, (), generator=lasting, device="cpu")) + rank
    )
    batch_size = (
        training.schedule.batch_size
        if batches[rank] == n_batches
        else ceil(training.stream.n_rows / n_batches)
    )
    return training._replace(
        schedule=replace(training.schedule, batch_size=batch_size),
        stream=Shard(training.stream, own, lasting, n_batches, sum(rows)),
        held_out=training.held_out
        and Stream(training.held_out.rows, own, training.held_out.corruption),
    )
