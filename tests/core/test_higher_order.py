"""The higher order penalty equals its definition over Jacobians that are formed, noise and signs given."""

import itertools
from dataclasses import replace

import pytest
import torch
from problems import (
    assert_close,
    by_hand,
    formed_jacobian,
    make_batch,
    make_draws,
    make_problem,
    values,
)

from skcae.core import gram
from skcae.core.activations import ACTIVATIONS
from skcae.core.fused import turned_noise
from skcae.core.losses import LOSSES
from skcae.core.model import Architecture, Point
from skcae.core.objective import AutoencoderObjective
from skcae.core.penalties import Exact, HigherOrder
from skcae.core.protocol import AutogradStep

PENALTY = HigherOrder(strength=1.7, sigma=0.4, n_draws=2)


class Given:
    """Draws that are given, each in turn, over and over."""

    def __init__(self, normals, signs=()):
        self.normals = itertools.cycle(normals)
        self.sets = itertools.cycle(signs)

    def normal(self, columns=None):
        return next(self.normals)

    def signs(self, columns):
        return next(self.sets)


def all_signs(x, columns):
    """Every vector of signs, the same for all rows."""
    for signs in itertools.product((-1.0, 1.0), repeat=columns):
        yield torch.tensor(signs, dtype=x.dtype).expand(len(x), columns)


def enumerated_draws(objective, x, n_draws, seed=5):
    """Noise for ``n_draws`` copies, and draws that go with each of them through all signs."""
    normals = torch.randn(
        n_draws, *x.shape, generator=torch.Generator().manual_seed(seed), dtype=x.dtype
    )
    signs = list(all_signs(x, objective.architecture.sizes[-1]))
    if objective.architecture.depth == 1:
        return normals, Given(normals)
    return normals, Given(normals.repeat_interleave(len(signs), 0), signs)


def defined_parts(objective, stored, x, normals):
    """Contraction and curvature of every row, from formed Jacobians."""
    architecture, penalty = objective.architecture, objective.penalty
    here = formed_jacobian(architecture, stored, x)
    changes = [
        ((formed_jacobian(architecture, stored, x + penalty.sigma * e) - here) ** 2).sum((1, 2))
        for e in normals
    ]
    return (here**2).sum((1, 2)), penalty.strength * torch.stack(changes).mean(0)


@pytest.mark.parametrize("activation", ["logistic", "tanh", "softplus", "relu"])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_value_and_gradient_equal_the_definition(activation, depth):
    """Over all signs, for noise that is given: unbiased, therefore, whatever the noise."""
    objective, flat, x, weight = make_problem(activation, depth=depth, penalty=PENALTY)
    normals, draws = enumerated_draws(objective, x, PENALTY.n_draws)
    every = len(normals) * (1 if depth == 1 else 2 ** objective.architecture.sizes[-1])
    objective = replace(objective, penalty=replace(PENALTY, n_draws=every))
    batch = make_batch(x, weight)._replace(draws=draws)

    leaf = flat.clone().requires_grad_()
    stored = objective.architecture.split(leaf)
    parts = [
        (weight * part).sum()
        for part in defined_parts(replace(objective, penalty=PENALTY), stored, x, normals)
    ]
    plain = replace(objective, penalty=None, alpha=0.0).terms(leaf, batch)
    total = plain.total + objective.alpha * sum(parts)
    expected = [total, plain.parts[0], *parts]
    (gradient,) = torch.autograd.grad(total, leaf)

    for kind in [AutogradStep, by_hand] if depth == 1 else [AutogradStep]:
        step = kind(objective, flat)
        for actual, defined in zip(values(step(batch))[:-1], expected, strict=True):
            assert_close(actual, defined.detach())
        assert_close(step.gradient, gradient)


KNOBS = {
    "two draws": {"penalty": PENALTY},
    "no strength": {"penalty": replace(PENALTY, strength=0)},
    "no noise": {"penalty": replace(PENALTY, sigma=0)},
    "alpha zero": {"penalty": PENALTY, "alpha": 0.0},
    "no decay": {"penalty": PENALTY, "weight_decay": 0.0},
}


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize(
    ("activation", "loss", "tied"), list(itertools.product(ACTIVATIONS, LOSSES, (True, False)))
)
def test_the_gradient_by_hand_equals_autograd(activation, loss, tied, knobs):
    objective, flat, x, weight = make_problem(activation, loss, tied, **knobs)
    fused, autograd = by_hand(objective, flat), AutogradStep(objective, flat)
    for source in (x, x + 0.1):
        terms, expected = (step(make_batch(x, weight, source)) for step in (fused, autograd))
        for actual, reference in zip(values(terms), values(expected), strict=True):
            assert_close(actual, reference)
        assert_close(fused.gradient, autograd.gradient)


def in_span(objective, flat):
    """The step that draws noise in the span of the weights."""
    return by_hand(replace(objective, in_span=True), flat)


@pytest.mark.parametrize("pays", [True, False], ids=["without", "with reconstruction"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared rows", "own rows"])
@pytest.mark.parametrize("kind", [by_hand, in_span, AutogradStep])
@pytest.mark.parametrize("tied", [True, False])
def test_leading_axes_are_models(kind, tied, shared, pays, monkeypatch):
    monkeypatch.setattr(gram, "pays", lambda *shape: pays)
    objective, flat, x, weight = make_problem("tanh", tied=tied, penalty=PENALTY)
    alphas = torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64)
    flats = torch.stack([flat, flat * 0.5, flat + 0.1])
    rows = x if shared else torch.stack([x, x * 0.7, x.flip(0)])
    together = kind(replace(objective, alpha=alphas), flats)
    terms = together(make_batch(rows, weight if shared else weight.expand(3, -1)))
    for k in range(3):
        alone = kind(replace(objective, alpha=float(alphas[k])), flats[k])
        batch = make_batch(x if shared else rows[k], weight)._replace(draws=make_draws(x))
        for actual, expected in zip(values(terms)[:-1], values(alone(batch))[:-1], strict=True):
            assert_close(actual[k], expected)
        assert_close(together.gradient[k], alone.gradient)


def in_span_of_weights(flat, normals):
    """The noise on 5 features that normal numbers of the size of the code stand for."""
    encoder = flat[: 4 * 5].reshape(4, 5)
    return [turned_noise(e, encoder @ encoder.T) @ encoder for e in normals]


@pytest.mark.parametrize("pays", [True, False], ids=["without", "with reconstruction"])
@pytest.mark.parametrize("alpha", [0.7, 0.0])
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
@pytest.mark.parametrize(
    ("loss", "tied"), [("squared_error", True), ("squared_error", False), ("cross_entropy", True)]
)
def test_noise_in_the_span_of_the_weights_is_noise_on_the_rows(
    loss, tied, activation, alpha, pays, monkeypatch
):
    monkeypatch.setattr(gram, "pays", lambda *shape: pays)
    objective, flat, x, weight = make_problem(activation, loss, tied, penalty=PENALTY, alpha=alpha)
    generator = torch.Generator().manual_seed(0)
    normals = torch.randn(PENALTY.n_draws, 7, 4, generator=generator, dtype=x.dtype)
    step = by_hand(replace(objective, in_span=True), flat)
    autograd = AutogradStep(objective, flat)
    for source in (x, x + 0.1):
        batch = make_batch(x, weight, source)
        terms = step(batch._replace(draws=Given(normals)))
        expected = autograd(batch._replace(draws=Given(in_span_of_weights(flat, normals))))
        for actual, reference in zip(values(terms), values(expected), strict=True):
            assert_close(actual, reference)
        assert_close(step.gradient, autograd.gradient)


def test_noise_in_the_span_is_in_the_mean_noise_on_all_features():
    """In value and gradient; what is left out of the gradient has mean zero."""
    penalty = HigherOrder(strength=3.0, sigma=2.0)
    objective, flat, x, _ = make_problem("tanh", penalty=penalty, weight_decay=0.0)
    x = x.repeat(20000, 1) + 1e-6 * torch.arange(140000, dtype=torch.float64).unsqueeze(1)
    batch = make_batch(x, torch.full((len(x),), 1 / len(x), dtype=torch.float64))
    found = {}
    for alpha, in_span in itertools.product((0.0, 1.0), (True, False)):
        step = by_hand(replace(objective, alpha=alpha, in_span=in_span), flat)
        parts = step(batch).parts
        found[alpha, in_span] = parts[2], step.gradient.clone()
    (mine, gradient), (curvature, expected) = found[1.0, True], found[1.0, False]
    assert float(mine) == pytest.approx(float(curvature), rel=0.01)
    of_penalty = expected - found[0.0, False][1]
    assert (gradient - expected).norm() < 0.02 * of_penalty.norm()


@pytest.mark.parametrize(
    ("sizes", "penalty", "batch_size", "used"),
    [
        ((784, 64), PENALTY, 200, True),
        ((784, 64), PENALTY, 20, False),
        ((784, 256), PENALTY, 128, False),
        ((64, 100), PENALTY, 1000, False),
        ((64, 32), PENALTY, 200, False),
        ((784, 64), Exact(), 200, False),
        ((784, 64, 64), PENALTY, 200, False),
    ],
    ids=str,
)
def test_the_shape_alone_chooses_where_the_noise_is_drawn(sizes, penalty, batch_size, used):
    objective = AutoencoderObjective(Architecture(sizes), penalty=penalty)
    taken, _ = objective.taking(None, batch_size, torch.device("cpu"))
    assert taken.in_span is used


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("knob", [{"strength": 0}, {"sigma": 0.0}], ids=str)
def test_without_strength_or_noise_it_is_exact_and_draws_nothing(depth, knob):
    objective, flat, x, weight = make_problem(depth=depth, penalty=HigherOrder(**knob))
    steps = objective.step(flat), replace(objective, penalty=Exact()).step(flat)
    mine, exact = (step(make_batch(x, weight)._replace(draws=None)) for step in steps)
    assert torch.equal(mine.total, exact.total)
    assert torch.equal(steps[0].gradient, steps[1].gradient)
    assert mine.parts[:2] == exact.parts
    assert mine.parts[2] == 0


@pytest.mark.parametrize("activation", ["logistic", "softplus"])
@pytest.mark.parametrize("depth", [1, 2])
def test_for_little_noise_the_curvature_is_the_squared_norm_of_the_hessian(activation, depth):
    """Noise along each axis in turn has the covariance of the identity."""
    objective, flat, x, _ = make_problem(activation, depth=depth)
    layers = objective.architecture.layers(flat)
    stored = objective.architecture.split(flat)
    axes = [
        sign * x.shape[1] ** 0.5 * axis.expand_as(x)
        for axis in torch.eye(x.shape[1], dtype=x.dtype)
        for sign in (-1, 1)
    ]

    def one_row(row):
        return formed_jacobian(objective.architecture, stored, row[None])[0]

    hessians = torch.stack([torch.autograd.functional.jacobian(one_row, row) for row in x])
    expected = (hessians**2).sum((1, 2, 3))
    signs = list(all_signs(x, objective.architecture.sizes[-1])) if depth > 1 else [None]
    gaps = []
    for sigma in (1e-2, 1e-3):
        draws = Given([e for e in axes for _ in signs], signs)
        penalty = HigherOrder(1.0, sigma, len(axes) * len(signs))
        _, curvature = penalty.parts(Point(layers, x), draws)
        gaps.append(float((curvature / sigma**2 - expected).abs().max()))
    assert gaps[1] < 1e-4 * float(expected.max())
    assert gaps[1] < 0.02 * gaps[0], "of second order in sigma"


def test_noise_is_normal_with_the_given_deviation():
    x = torch.zeros(20000, 3, dtype=torch.float64) + torch.arange(20000.0)[:, None]
    noise = HigherOrder(sigma=0.3).moved(x, make_draws(x)) - x
    assert noise.std().item() == pytest.approx(0.3, rel=0.02)
    assert abs(noise.mean().item()) < 0.01


@pytest.mark.parametrize(
    ("knob", "message"),
    [
        ({"strength": -1}, r"strength=-1 must be .* at least 0; use HigherOrder\(strength=1\.0\)"),
        ({"strength": float("inf")}, "strength=inf must be a finite number of at least 0"),
        ({"sigma": 10**400}, "sigma=10* must be a finite number of at least 0"),
        ({"strength": True}, "strength=True must be a finite number"),
        ({"sigma": float("nan")}, r"sigma=nan must be .*; use HigherOrder\(sigma=0\.1\)"),
        ({"sigma": "0.1"}, "sigma='0.1' must be a finite number"),
        ({"n_draws": 0}, r"n_draws=0 must be an integer .*; use HigherOrder\(n_draws=1\)"),
        ({"n_draws": 1.0}, r"n_draws=1\.0 must be an integer of at least 1"),
    ],
    ids=str,
)
def test_parameters_are_checked(knob, message):
    with pytest.raises(ValueError, match=message):
        HigherOrder(**knob)
