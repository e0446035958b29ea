"""The hand-derived gradient equals the autograd one, whatever the objective asks for."""

import itertools
from dataclasses import replace

import pytest
import torch
from problems import assert_close, by_hand, make_batch, make_problem, values

from skcae.core.activations import ACTIVATIONS
from skcae.core.fused import FusedStep
from skcae.core.gram import GramStep
from skcae.core.losses import LOSSES
from skcae.core.penalties import Hutchinson
from skcae.core.protocol import AutogradStep

KNOBS = {
    "contraction": {},
    "alpha zero": {"alpha": 0.0},
    "no decay": {"weight_decay": 0.0},
    "no penalty": {"penalty": None, "alpha": 0.0},
}


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize(
    ("activation", "loss", "tied"), list(itertools.product(ACTIVATIONS, LOSSES, (True, False)))
)
def test_equals_autograd(activation, loss, tied, knobs):
    objective, flat, x, weight = make_problem(activation, loss, tied, **knobs)
    fused, autograd = by_hand(objective, flat), AutogradStep(objective, flat)
    for batch in (make_batch(x, weight), make_batch(x, weight, source=x + 0.1)):
        for actual, reference in zip(values(fused(batch)), values(autograd(batch)), strict=True):
            assert_close(actual, reference)
        assert_close(fused.gradient, autograd.gradient)


@pytest.mark.parametrize("shared", [True, False], ids=["shared rows", "own rows"])
@pytest.mark.parametrize("kind", [by_hand, AutogradStep])
@pytest.mark.parametrize("tied", [True, False])
def test_leading_axes_are_models(kind, tied, shared):
    objective, flat, x, weight = make_problem("tanh", tied=tied)
    alphas, decays = (
        torch.tensor([0.0, 0.5, 2.0]).double(),
        torch.tensor([0.1, 0.0, 0.3], dtype=torch.float64),
    )
    flats = torch.stack([flat, flat * 0.5, flat + 0.1])
    rows = x if shared else torch.stack([x, x * 0.7, x.flip(0)])
    weights = weight if shared else weight.expand(3, -1)
    together = kind(replace(objective, alpha=alphas, weight_decay=decays), flats)
    terms = together(make_batch(rows, weights))
    for k in range(3):
        alone = kind(
            replace(objective, alpha=float(alphas[k]), weight_decay=float(decays[k])), flats[k]
        )
        expected_terms = alone(make_batch(x if shared else rows[k], weight))
        for actual, expected in zip(values(terms)[:-1], values(expected_terms)[:-1], strict=True):
            assert_close(actual[k], expected)
        assert_close(together.gradient[k], alone.gradient)


def test_does_not_change_rows_weights_or_parameters():
    objective, flat, x, weight = make_problem(loss="cross_entropy")
    before = [tensor.clone() for tensor in (flat, x, weight)]
    by_hand(objective, flat)(make_batch(x, weight))
    assert all(torch.equal(now, then) for now, then in zip((flat, x, weight), before, strict=True))


def test_sees_parameters_that_move_in_place():
    objective, flat, x, weight = make_problem()
    step = by_hand(objective, flat)
    first = step(make_batch(x, weight)).total
    flat.mul_(2)
    assert_close(
        step(make_batch(x, weight)).total, by_hand(objective, flat)(make_batch(x, weight)).total
    )
    assert step(make_batch(x, weight)).total != first


def test_one_layer_with_an_exact_or_no_penalty_is_done_by_hand():
    for knobs, kind in (
        ({"tied": False}, FusedStep),
        ({"loss": "cross_entropy", "penalty": None}, FusedStep),
        ({}, GramStep),
        ({"penalty": None}, GramStep),
        ({"penalty": Hutchinson()}, AutogradStep),
        ({"depth": 2}, AutogradStep),
    ):
        objective, flat, *_ = make_problem(**knobs)
        assert type(objective.step(flat)) is kind
