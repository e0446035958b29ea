"""The training loop: minibatch descent on the flat buffer.

The only way out of the loop is ``on_epoch``. It sees the terms of every epoch, may ask
for the result of a fit that ended there, and may end the fit by returning True.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from skcae.core.group import Group, OnEpoch
from skcae.core.modes import IN_STEP, threads_for, usual_modes
from skcae.core.monitor import Monitor, Result, Schedule
from skcae.core.objective import AutoencoderObjective
from skcae.core.protocol import Baseline, Objective
from skcae.core.state import TrainingState
from skcae.core.streams import Stream
from skcae.core.team import ALONE, Alone, Team


class Training(NamedTuple):
    """One training, ready to start."""

    state: TrainingState
    objective: AutoencoderObjective
    schedule: Schedule
    stream: Stream
    held_out: Stream | None
    axes: Tensor | None = None
    """Of the coordinates that it takes place in, (rank, n_features), if those are few."""


@usual_modes()
@torch.no_grad()
def train(
    state: TrainingState,
    objective: Objective,
    schedules: list[Schedule],
    streams: list[Stream],
    owner: list[int],
    on_epoch: OnEpoch = lambda model, epoch, so_far: None,
    held_out: list[Stream] | None = None,
    team: Alone | Team = ALONE,
) -> list[Result]:
    """Minimise ``objective``, starting at ``state``, for one model or several.

    Model k follows ``schedules[k]`` over the rows of ``streams[owner[k]]``. Schedules
    may differ in their learning rates alone. Each model ends where it would end by
    itself, and leaves the group. With held-out rows, its final state is that of the
    epoch that was best on them. A ``team`` trains one model on the rows of all its
    ranks and gives them the same result.

    KeyboardInterrupt ends a single model at its last whole epoch. It propagates from a
    group, from a team, before the first epoch has ended, and from a single pass.
    """
    batch_size = schedules[0].batch_size
    in_step = state.flat.numel() * min(batch_size, streams[0].n_rows)
    with team.training(state, 1 + len(objective.part_names)), threads_for(in_step, IN_STEP):
        baselines = [_baseline(stream, objective, batch_size, team) for stream in streams]
        n_batches = streams[0].n_batches(batch_size)
        models = zip(schedules, owner, strict=True)
        monitors = [Monitor(one, n_batches, baselines[stream]) for one, stream in models]
        if not state.count:
            _begin(state, objective, streams, owner, batch_size, team)
        group = Group(objective, state, monitors, streams, owner, held_out, team)
        try:
            group.run(on_epoch)
        except KeyboardInterrupt:
            alone = len(schedules) == 1 and team.size == 1
            if not alone or not monitors[0].done or schedules[0].max_iter == 1:
                raise
            group.interrupt()
        results = [group.results[model] for model in range(len(schedules))]
        for result in results:
            team.agree(result.state)
    return results


def _baseline(
    stream: Stream, objective: Objective, batch_size: int, team: Alone | Team
) -> Baseline:
    """The losses of giving all rows the same answer, by one pass over the rows."""
    total, shares = torch.zeros((), dtype=torch.float64, device="cpu"), 0.0
    for batch in stream.clean(batch_size):
        share = float(batch.share)
        total = total + share * objective.moments(batch).cpu()
        shares += share
    return objective.baseline(team.mean(total / shares, shares))


def _begin(
    state: TrainingState,
    objective: Objective,
    streams: list[Stream],
    owner: list[int],
    batch_size: int,
    team: Alone | Team,
) -> None:
    """Start new parameters from the moments of the first batch, not of all rows.

    A pass over batches then starts as a fit on all of them does.
    """
    firsts = [next(stream.clean(batch_size)) for stream in streams]
    moments = [team.mean(objective.moments(batch), batch.share) for batch in firsts]
    objective.begin(state.flat, torch.stack([moments[stream] for stream in owner]))
