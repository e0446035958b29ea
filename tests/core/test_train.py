"""The rules that end a fit, and what it leaves behind."""

from dataclasses import replace

import pytest
import torch
from problems import assert_close

from skcae.core import streams
from skcae.core.corruptions import Corruption
from skcae.core.model import Architecture
from skcae.core.monitor import EXPLOSION, RISE, Schedule, Status
from skcae.core.objective import AutoencoderObjective
from skcae.core.penalties import Exact, Hutchinson
from skcae.core.solvers import SGD, Adam
from skcae.core.state import TrainingState
from skcae.core.streams import Gathered, Stream, as_batch
from skcae.core.train import train as train_together


class Rows:
    """Rows of a tensor."""

    def __init__(self, x, weight=None):
        self.x, self.n_rows, self.n_features = x, *x.shape
        self.weight = torch.ones(len(x), dtype=x.dtype) if weight is None else weight

    home = device = torch.device("cpu")
    sparse = False

    def gather(self, index):
        return Gathered(self.x[index], self.weight[index])


X = torch.rand(50, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
ARCHITECTURE = Architecture((6, 3))
OBJECTIVE = AutoencoderObjective(ARCHITECTURE, alpha=0.1, penalty=Exact())
STEADY = Schedule(Adam(), 0.01, batch_size=20, max_iter=6, n_iter_no_change=None)


def start(solver=None, architecture=ARCHITECTURE):
    flat = architecture.initialise(torch.Generator().manual_seed(0), torch.float64)
    return TrainingState.start(flat, solver or Adam())


def stream(x=X, seed=1, **knobs):
    return Stream(Rows(x), torch.Generator().manual_seed(seed), **knobs)


def train(state, objective, schedule, stream, on_epoch=lambda epoch: None, held_out=None):
    """One model alone."""
    (result,) = train_together(
        state,
        objective,
        [schedule],
        [stream],
        [0],
        lambda k, epoch, so_far: on_epoch(epoch),
        held_out and [held_out],
    )
    return result


def objective_at(flat, x=X, objective=OBJECTIVE):
    return objective.terms(flat, as_batch(Gathered(x), torch.Generator())).total.item()


def test_one_epoch_is_the_steps_written_out():
    result = train(start(), OBJECTIVE, replace(STEADY, max_iter=1, shuffle=False), stream())
    state, expected = start(), []
    ARCHITECTURE.split(state.flat)[-1].copy_(X[:20].mean(0))
    for rows in X.split(20):
        leaf = state.flat.clone().requires_grad_()
        terms = OBJECTIVE.terms(leaf, as_batch(Gathered(rows), torch.Generator()))
        (gradient,) = torch.autograd.grad(terms.total, leaf)
        state.count += 1
        Adam().step(state.flat, gradient, state.slots, 0.01, state.count)
        expected.append(terms.total.item() * len(rows) / 50)
    assert_close(result.state.flat, state.flat)
    assert result.state.count == 3
    assert result.history[0].total == pytest.approx(sum(expected))
    epoch = result.history[0]
    assert epoch.total == pytest.approx(
        epoch.parts["reconstruction"] + 0.1 * epoch.parts["contraction"]
    )


def test_every_epoch_takes_every_row_once_in_an_order_of_its_own():
    seen = []

    class Watched(Rows):
        def gather(self, index):
            seen.extend(index.tolist())
            return super().gather(index)

    train(
        start(),
        OBJECTIVE,
        replace(STEADY, max_iter=2),
        Stream(Watched(X), torch.Generator().manual_seed(0)),
    )
    first, second = seen[-100:-50], seen[-50:]
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second != list(range(50))


def test_without_patience_max_iter_epochs_are_taken():
    result = train(start(), OBJECTIVE, replace(STEADY, max_iter=7), stream())
    assert len(result.history) == 7
    assert result.status is Status.CONVERGED


def test_a_fit_cut_short_says_so():
    schedule = replace(STEADY, n_iter_no_change=10)
    schedule = replace(schedule, learning_rate=0.1, max_iter=4)
    assert train(start(), OBJECTIVE, schedule, stream()).status is Status.MAX_ITER
    schedule = replace(schedule, max_iter=500)
    assert train(start(), OBJECTIVE, schedule, stream()).status is Status.CONVERGED


def test_a_constant_rate_ends_after_the_patience():
    schedule = replace(STEADY, tol=0.5, n_iter_no_change=3, max_iter=50)
    result = train(start(), OBJECTIVE, schedule, stream())
    assert result.status is Status.CONVERGED
    totals = [epoch.total for epoch in result.history]
    assert len(totals) == next(
        end
        for end in range(4, 51)
        if all(now > min(totals[: end - 3]) / 2 for now in totals[end - 3 : end])
    )


def test_a_cosine_goes_to_its_end():
    schedule = Schedule(
        Adam(), 0.01, "cosine", batch_size=50, max_iter=20, tol=0.9, n_iter_no_change=3
    )
    result = train(start(), OBJECTIVE, schedule, stream())
    assert result.status is Status.CONVERGED
    assert len(result.history) == 20


def test_a_rise_is_undone_at_half_the_rate():
    """Units of a relu code die at a rate that is too high: without going back the objective stays where that left it."""
    objective = AutoencoderObjective(Architecture((6, 3), "relu"), alpha=0.1, penalty=Exact())
    schedule = Schedule(Adam(), 2.0, batch_size=5, max_iter=40, n_iter_no_change=None)
    result = train(start(architecture=objective.architecture), objective, schedule, stream(X * 4))
    totals = [epoch.total for epoch in result.history]
    assert result.rises > 0
    assert result.cut == 0.5**result.rises * 0.1**result.explosions
    assert len(totals) == 40
    assert totals[-1] <= RISE.limit * min(totals)
    assert [epoch.number for epoch in result.history] == list(range(1, 41))


def test_the_caller_may_stop():
    seen = []
    result = train(
        start(),
        OBJECTIVE,
        STEADY,
        stream(),
        on_epoch=lambda epoch: seen.append(epoch) or len(seen) == 2,
    )
    assert result.status is Status.STOPPED
    assert [epoch.number for epoch in seen] == [1, 2]
    assert result.history == tuple(seen)


def test_held_out_rows_choose_the_epoch():
    held_out = (
        torch.rand(10, 6, generator=torch.Generator().manual_seed(9), dtype=torch.float64) * 3
    )
    schedule = Schedule(Adam(), 0.3, batch_size=20, max_iter=30, n_iter_no_change=None)
    result = train(start(), OBJECTIVE, schedule, stream(), held_out=stream(held_out))
    validations = [epoch.validation for epoch in result.history]
    assert result.best == validations.index(min(validations))
    assert result.best < 29
    assert objective_at(result.state.flat, held_out) == pytest.approx(min(validations))


@pytest.mark.parametrize("solver", [Adam(), SGD()])
def test_divergence_is_undone_at_a_lower_rate(solver):
    schedule = Schedule(solver, 1e5, batch_size=20, max_iter=30, n_iter_no_change=None)
    result = train(start(solver), OBJECTIVE, schedule, stream())
    assert 0 < result.explosions <= EXPLOSION.most
    assert len(result.history) == 30
    assert result.state.flat.isfinite().all()
    assert result.history[-1].total < 100 * objective_at(start().flat)


def test_divergence_at_every_rate_is_said():
    broken = torch.full_like(X, torch.inf)
    assert train(start(), OBJECTIVE, STEADY, stream(broken)).status is Status.DIVERGED


@pytest.fixture
def one_batch_at_a_time(monkeypatch):
    monkeypatch.setattr(streams, "BLOCK_ELEMENTS", 1)


def interrupting(x, after):
    """Rows that are interrupted after so many batches; one pass of three batches precedes the first epoch."""

    class Interrupting(Rows):
        calls = 0

        def gather(self, index):
            Interrupting.calls += 1
            if after < Interrupting.calls:
                raise KeyboardInterrupt
            return super().gather(index)

    return Stream(Interrupting(x), torch.Generator().manual_seed(1))


def test_interruption_keeps_the_last_whole_epoch(one_batch_at_a_time):
    result = train(start(), OBJECTIVE, STEADY, interrupting(X, after=3 + 2 * 3 + 1))
    assert result.status is Status.INTERRUPTED
    assert len(result.history) == 2
    assert torch.equal(
        result.state.flat,
        train(start(), OBJECTIVE, replace(STEADY, max_iter=2), stream()).state.flat,
    )


def test_interruption_of_the_first_epoch_keeps_nothing(one_batch_at_a_time):
    with pytest.raises(KeyboardInterrupt):
        train(start(), OBJECTIVE, STEADY, interrupting(X, after=3 + 1))


ALPHAS = (0.0, 0.03, 0.3, 3.0)
TOGETHER = {
    "one layer": (Architecture((6, 3)), Exact(), None),
    "untied tanh": (Architecture((6, 3), "tanh", False), Exact(), None),
    "deep": (Architecture((6, 5, 3)), Hutchinson(), None),
    "denoising": (Architecture((6, 3)), None, Corruption("masking", 0.3)),
}


@pytest.mark.parametrize("streams_differ", [False, True], ids=["shared rows", "own rows"])
@pytest.mark.parametrize(("architecture", "penalty", "corruption"), TOGETHER.values(), ids=TOGETHER)
def test_models_together_end_where_each_ends_alone(
    architecture, penalty, corruption, streams_differ
):
    """Unequal numbers of rows, learning rates, ends and held-out rows included."""
    schedule = Schedule(Adam(), 0.05, batch_size=20, max_iter=25, tol=0.01, n_iter_no_change=2)
    schedules = [replace(schedule, learning_rate=rate) for rate in (0.05, 0.05, 0.2, 0.01)]
    owner = [0, 1, 0, 1] if streams_differ else [0] * 4

    def fresh_streams():
        return [
            stream(X, 1, corruption=corruption),
            stream(X[:43] * 0.9, 2, corruption=corruption),
        ][: max(owner) + 1]

    objectives = [
        AutoencoderObjective(architecture, alpha=alpha, penalty=penalty, weight_decay=0.01)
        for alpha in ALPHAS
    ]
    alone = [
        train(
            start(architecture=architecture),
            objective,
            one,
            fresh_streams()[mine],
            held_out=stream(X[:7], 5),
        )
        for objective, one, mine in zip(objectives, schedules, owner, strict=True)
    ]
    flats = torch.stack([start(architecture=architecture).flat] * 4)
    joint = replace(objectives[0], alpha=torch.tensor(ALPHAS, dtype=torch.float64))
    held_out = [stream(X[:7], 5) for _ in fresh_streams()]
    together = train_together(
        TrainingState.start(flats, Adam()),
        joint,
        schedules,
        fresh_streams(),
        owner,
        held_out=held_out,
    )
    assert len({len(result.history) for result in alone}) > 1
    for mine, reference in zip(together, alone, strict=True):
        assert (mine.status, len(mine.history), mine.best) == (
            reference.status,
            len(reference.history),
            reference.best,
        )
        assert_close(mine.state.flat, reference.state.flat, 1e-9)
        assert mine.history[-1].parts == pytest.approx(reference.history[-1].parts)
        assert torch.equal(mine.generator, reference.generator)


def test_one_that_diverges_does_not_disturb_the_others():
    """It goes back by itself, at its own rate, and ends where it would alone."""
    schedules = [replace(STEADY, learning_rate=rate) for rate in (0.01, 1e8, 0.02, 3.0)]
    flats = torch.stack([start().flat] * 4)
    joint = replace(OBJECTIVE, alpha=torch.tensor([0.1] * 4, dtype=torch.float64))
    results = train_together(
        TrainingState.start(flats, Adam()), joint, schedules, [stream()], [0] * 4
    )
    for result, schedule in zip(results, schedules, strict=True):
        alone = train(start(), OBJECTIVE, schedule, stream())
        assert (result.status, result.explosions, result.rises) == (
            alone.status,
            alone.explosions,
            alone.rises,
        )
        assert_close(result.state.flat, alone.state.flat, 1e-9)
    assert results[1].explosions > 0


def test_the_group_reports_every_epoch_of_every_model():
    seen = []
    flats = torch.stack([start().flat] * 2)

    def on_epoch(k, epoch, so_far):
        seen.append((k, epoch.number))
        assert so_far().history[-1] is epoch
        assert so_far().state.flat.shape == flats[k].shape

    train_together(
        TrainingState.start(flats, Adam()), OBJECTIVE, [STEADY] * 2, [stream()], [0, 0], on_epoch
    )
    assert sorted(seen) == [(k, number) for k in range(2) for number in range(1, 7)]


@pytest.mark.parametrize("held_out", [False, True])
def test_the_result_so_far_is_what_a_fit_that_ends_there_results_in(held_out):
    states = []

    def watch(k, epoch, so_far):
        states.append(so_far().state.flat.clone())

    train_together(
        start(), OBJECTIVE, [STEADY], [stream()], [0], watch, [stream(1 - X)] if held_out else None
    )
    for n_epochs in (1, 4):
        ending = (
            lambda epoch, last=n_epochs: epoch.number == last,
            stream(1 - X) if held_out else None,
        )
        assert_close(
            train(start(), OBJECTIVE, STEADY, stream(), *ending).state.flat, states[n_epochs - 1]
        )
