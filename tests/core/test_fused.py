"""The hand-derived gradient equals the autograd one, whatever the objective asks for."""

import itertools

import pytest
import torch
from problems import assert_close, make_problem

from skcae.core.activations import ACTIVATIONS
from skcae.core.corruptions import Corruption
from skcae.core.fused import FusedStep
from skcae.core.losses import LOSSES
from skcae.core.objective import AutogradStep
from skcae.core.penalties import Hutchinson

KNOBS = {
    "contraction": {},
    "alpha zero": {"alpha": 0.0},
    "no decay": {"weight_decay": 0.0},
    "no penalty": {"penalty": None, "alpha": 0.0},
    "corruption": {"penalty": None, "alpha": 0.0, "corruption": Corruption("gaussian", 0.5)},
    "corruption and contraction": {"corruption": Corruption("masking", 0.4)},
}


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize(("activation", "loss", "tied"), list(itertools.product(ACTIVATIONS, LOSSES, (True, False))))
def test_equals_autograd(activation, loss, tied, knobs):
    objective, flat, x, weight = make_problem(activation, loss, tied, **knobs)
    fused, autograd = FusedStep(objective, flat), AutogradStep(objective, flat)
    terms = fused(x, weight, torch.Generator().manual_seed(0))
    expected = autograd(x, weight, torch.Generator().manual_seed(0))
    for actual, reference in zip(terms, expected, strict=True):
        assert_close(actual, reference)
    assert_close(fused.gradient, autograd.gradient)


def test_does_not_change_rows_weights_or_parameters():
    objective, flat, x, weight = make_problem(loss="cross_entropy")
    before = [tensor.clone() for tensor in (flat, x, weight)]
    FusedStep(objective, flat)(x, weight, torch.Generator())
    assert all(torch.equal(now, then) for now, then in zip((flat, x, weight), before, strict=True))


def test_sees_parameters_that_move_in_place():
    objective, flat, x, weight = make_problem()
    step = FusedStep(objective, flat)
    first = step(x, weight, torch.Generator()).total
    flat.mul_(2)
    assert_close(step(x, weight, torch.Generator()).total, FusedStep(objective, flat)(x, weight, torch.Generator()).total)
    assert step(x, weight, torch.Generator()).total != first


def test_handles_one_layer_with_an_exact_or_no_penalty_only():
    assert FusedStep.handles(make_problem()[0])
    assert FusedStep.handles(make_problem(penalty=None)[0])
    assert not FusedStep.handles(make_problem(penalty=Hutchinson())[0])
    assert not FusedStep.handles(make_problem(depth=2)[0])
