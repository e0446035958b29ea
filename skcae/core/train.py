"""The training loop: minibatch descent on the flat buffer.

The only way out of the loop is ``on_epoch``, which sees every epoch's terms, may ask
what the fit would result in if it ended there, and may end it by returning True.
"""

from typing import NamedTuple

import torch

from skcae.core.group import Group, OnEpoch
from skcae.core.modes import usual_modes
from skcae.core.monitor import Monitor, Result, Schedule
from skcae.core.objective import AutoencoderObjective
from skcae.core.protocol import Objective
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
    """Minimise ``objective`` from ``state`` on, for one model or several.

    Model k goes by ``schedules[k]`` over the rows of ``streams[owner[k]]``; schedules
    may differ in their learning rates alone. Each model ends where it would end by
    itself, and leaves the group. With held-out rows its state is that of the epoch that
    was best on them. A ``team`` trains one model on the rows of all its ranks and gives
    them the same result.

    KeyboardInterrupt ends a model alone at its last whole epoch. It propagates from a
    group, from a team, before the first epoch has ended, and from a single pass.
    """
    with team.training(state, 1 + len(objective.part_names)):
        batch_size = schedules[0].batch_size
        references = [_reference(stream, objective, batch_size, team) for stream in streams]
        n_batches = streams[0].n_batches(batch_size)
        models = zip(schedules, owner, strict=True)
        monitors = [Monitor(one, n_batches, references[stream]) for one, stream in models]
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


def _reference(stream: Stream, objective: Objective, batch_size: int, team: Alone | Team) -> float:
    """The mean over all rows of what an untrained model scores."""
    total = shares = 0.0
    for batch in stream.clean(batch_size):
        share = float(batch.share)
        total += share * float(objective.reference(batch))
        shares += share
    mean = torch.tensor(total / shares, dtype=torch.float64, device="cpu")
    return float(team.mean(mean, shares))
