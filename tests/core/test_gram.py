"""The squared error of a tied layer by the Gram matrix of its weights: the same numbers, and where it is used."""

import itertools
from dataclasses import replace

import pytest
import torch
from problems import assert_close, make_batch, make_draws, make_problem, values

from skcae.core import fused, gram
from skcae.core.activations import ACTIVATIONS
from skcae.core.fused import FusedStep
from skcae.core.gram import GramStep
from skcae.core.model import Architecture, decode, encode
from skcae.core.objective import AutoencoderObjective
from skcae.core.penalties import Exact, HigherOrder
from skcae.core.protocol import AutogradStep

HIGHER = HigherOrder(strength=1.7, sigma=0.4, n_draws=2)
KNOBS = {
    "contraction": {},
    "alpha zero": {"alpha": 0.0},
    "no decay": {"weight_decay": 0.0},
    "no penalty": {"penalty": None, "alpha": 0.0},
    "higher order": {"penalty": HIGHER},
    "higher order, alpha zero": {"penalty": HIGHER, "alpha": 0.0},
}


@pytest.fixture(autouse=True)
def any_shape(monkeypatch):
    """The small problems of these tests gain nothing."""
    monkeypatch.setattr(gram, "pays", lambda *shape: True)


@pytest.fixture
def no_reconstruction(monkeypatch):
    """The fused step fails where it would form one."""

    def fused(step, batch):
        raise AssertionError("the reconstruction is formed")

    monkeypatch.setattr(FusedStep, "__call__", fused)


def by_gram(objective, flat):
    step = objective.step(flat)
    assert isinstance(step, GramStep)
    return step


@pytest.mark.usefixtures("no_reconstruction")
@pytest.mark.parametrize("corrupted", [False, True], ids=["clean", "corrupted"])
@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_equals_autograd(activation, knobs, corrupted):
    objective, flat, x, weight = make_problem(activation, **knobs)
    step, autograd = by_gram(objective, flat), AutogradStep(objective, flat)
    source = x.flip(1) if corrupted else x
    terms, expected = (one(make_batch(x, weight, source)) for one in (step, autograd))
    for actual, reference in zip(values(terms), values(expected), strict=True):
        assert_close(actual, reference)
    assert_close(step.gradient, autograd.gradient)


@pytest.mark.usefixtures("no_reconstruction")
@pytest.mark.parametrize("corrupted", [False, True], ids=["clean", "corrupted"])
@pytest.mark.parametrize("penalty", [Exact(), HIGHER], ids=["exact", "higher order"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared rows", "own rows"])
def test_leading_axes_are_models(shared, penalty, corrupted):
    objective, flat, x, weight = make_problem("tanh", penalty=penalty)
    alphas = torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64)
    decays = torch.tensor([0.1, 0.0, 0.3], dtype=torch.float64)
    flats = torch.stack([flat, flat * 0.5, flat + 0.1])
    rows = x if shared else torch.stack([x, x * 0.7, x.flip(0)])
    sources = rows.flip(-1) if corrupted else rows
    together = by_gram(replace(objective, alpha=alphas, weight_decay=decays), flats)
    terms = together(make_batch(rows, weight if shared else weight.expand(3, -1), sources))
    for k in range(3):
        alone = replace(objective, alpha=float(alphas[k]), weight_decay=float(decays[k]))
        autograd = AutogradStep(alone, flats[k])
        target, source = (one if shared else one[k] for one in (rows, sources))
        batch = make_batch(target, weight, source)._replace(draws=make_draws(x))
        expected = autograd(batch)
        for actual, reference in zip(values(terms)[:-1], values(expected)[:-1], strict=True):
            assert_close(actual[k], reference)
        assert_close(together.gradient[k], autograd.gradient)


# -------------------------------------------------------------------------- normal noise
SIGMA = 0.6


def noisy_problem(activation="logistic", **knobs):
    return make_problem(activation, penalty=None, **{"alpha": 0.0, "noise": SIGMA, **knobs})


def in_span(flat, draws):
    """Normal noise in the span of the weights, whose numbers are of the size of the code."""
    encoder = flat[: 4 * 5].reshape(4, 5)
    return fused.turned_noise(SIGMA * draws.normal(4), encoder @ encoder.T) @ encoder


@pytest.mark.parametrize("exact", [True, False], ids=["without", "with reconstruction"])
@pytest.mark.parametrize("decay", [0.3, 0.0])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_noise_in_the_span_of_the_weights_is_noise_on_the_rows(
    activation, decay, exact, monkeypatch
):
    monkeypatch.setattr(gram, "pays", lambda *shape: exact)
    objective, flat, x, weight = noisy_problem(activation, weight_decay=decay)
    step, autograd = by_gram(objective, flat), AutogradStep(replace(objective, noise=None), flat)
    terms = step(make_batch(x, weight))
    noisy = x + in_span(flat, make_draws(x))
    expected = autograd(make_batch(x, weight, source=noisy))
    assert abs(float(noisy.std()) - float(x.std())) > 0.1
    for actual, reference in zip(values(terms), values(expected), strict=True):
        assert_close(actual, reference)
    assert_close(step.gradient, autograd.gradient)


@pytest.mark.parametrize("exact", [True, False], ids=["without", "with reconstruction"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared rows", "own rows"])
def test_the_noise_of_every_model_is_that_of_it_alone(shared, exact, monkeypatch):
    monkeypatch.setattr(gram, "pays", lambda *shape: exact)
    objective, flat, x, weight = noisy_problem()
    noises = torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64)
    flats = torch.stack([flat, flat * 0.5, flat + 0.1])
    rows = x if shared else torch.stack([x, x * 0.7, x.flip(0)])
    together = by_gram(replace(objective, noise=noises), flats)
    terms = together(make_batch(rows, weight if shared else weight.expand(3, -1)))
    for k in range(3):
        alone = by_gram(replace(objective, noise=float(noises[k])), flats[k])
        batch = make_batch(x if shared else rows[k], weight)._replace(draws=make_draws(x))
        expected = alone(batch)
        assert_close(terms.total[k], expected.total)
        assert_close(together.gradient[k], alone.gradient)


def test_the_span_gives_noise_its_covariance():
    encoder = torch.randn(4, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    units = torch.eye(4, dtype=torch.float64)
    noise = fused.turned_noise(units, encoder @ encoder.T) @ encoder
    basis = torch.linalg.qr(encoder.T)[0]
    assert_close(noise.T @ noise, basis @ basis.T)


def test_its_gradient_is_in_the_mean_that_of_noise_on_all_features():
    """Whose part outside of the span only adds variance."""
    objective, flat, x, _ = noisy_problem("tanh", weight_decay=0.0)
    x = x.repeat(20000, 1) + 1e-6 * torch.arange(140000, dtype=torch.float64).unsqueeze(1)
    weight = torch.full((len(x),), 1 / len(x), dtype=torch.float64)
    step, autograd = by_gram(objective, flat), AutogradStep(replace(objective, noise=None), flat)
    terms = step(make_batch(x, weight))
    noise = SIGMA * make_draws(x, seed=1).normal()
    expected = autograd(make_batch(x, weight, source=x + noise))
    assert float(terms.total) == pytest.approx(float(expected.total), rel=0.01)
    assert distance(step.gradient, autograd.gradient) < 0.02
    step.noise *= 0
    step(make_batch(x, weight))
    assert distance(step.gradient, autograd.gradient) > 0.1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_noise_of_weights_that_depend_on_each_other(dtype):
    generator = torch.Generator().manual_seed(0)
    normal = torch.randn(5000, 6, generator=generator, dtype=dtype)
    encoder = torch.randn(3, 40, generator=generator, dtype=dtype)[[0, 1, 1, 2, 2, 2]]
    encoder[0] = 0
    gram_matrix = encoder @ encoder.T
    noise = fused.turned_noise(normal, gram_matrix) @ encoder @ encoder.T
    expected = gram_matrix.diagonal().sqrt()
    torch.testing.assert_close(noise.std(0), expected, rtol=0.05, atol=1e-6)
    torch.testing.assert_close(noise[:, 1], noise[:, 2], rtol=0.01, atol=0.05)
    nothing = fused.turned_noise(normal, 0 * gram_matrix) @ (0 * encoder)
    assert torch.equal(nothing, torch.zeros(5000, 40, dtype=dtype))


# ----------------------------------------------------------------------------- rounding
def nearly_linear(scale, mean, error):
    """A float32 problem whose rows, around a mean, are reconstructed but for an error.

    Scale and mean are in units of the rows' spread, the error in units of their squared
    norm.
    """
    generator = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    encoder = torch.linalg.qr(normal(40, 6))[0].T
    code = normal(50, 6)
    off = normal(50, 40) @ (torch.eye(40, dtype=torch.float64) - encoder.T @ encoder)
    off *= error**0.5 * code.norm(dim=1, keepdim=True) / off.norm(dim=1, keepdim=True)
    middle = mean * code.std() * normal(40)
    encoder *= 1 + 0.1 * error**0.5
    flat = torch.cat([encoder.flatten(), -encoder @ middle * scale, middle * scale])
    x = (code @ encoder + off + middle) * scale
    objective = AutoencoderObjective(Architecture((40, 6), "identity"))
    return objective, flat.float(), x.float(), torch.full((50,), 1 / 50)


def distance(actual, expected):
    return float((actual.double() - expected).norm() / expected.norm())


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(
    ("mean", "error"), list(itertools.product([0, 1, 30, 1000], [1, 1e-2, 1e-3, 1e-4, 1e-6]))
)
def test_four_digits_are_left_in_float32(scale, mean, error):
    """Or the reconstruction is formed, whose rounding nothing can help."""
    objective, flat, x, weight = nearly_linear(scale, mean, error)
    step = by_gram(objective, flat)
    terms = step(make_batch(x, weight))
    exact = AutogradStep(objective, flat.double())
    expected = exact(make_batch(x.double(), weight.double()))
    if step.exact:
        assert float(terms.total) == pytest.approx(float(expected.total), rel=1e-4)
        assert distance(step.gradient, exact.gradient) < 1e-4
    assert step.exact is (mean <= 1 and error >= 1e-2)


def test_once_it_rounds_too_much_the_reconstruction_is_formed_from_there_on():
    bad, good = (nearly_linear(1.0, 0, error) for error in (1e-6, 1.0))
    objective, flat, x, weight = bad
    step = by_gram(objective, flat)
    for rows, still in ((good[2], True), (x, False), (good[2], False)):
        step(make_batch(rows, weight))
        assert step.exact is still


# --------------------------------------------------------------------------- sparse rows
def thinned(x):
    """Rows with zeros, and the same as a sparse tensor."""
    x = x.where(x > 0.6, 0)
    return x, x.to_sparse()


@pytest.mark.usefixtures("no_reconstruction")
@pytest.mark.parametrize("knobs", list(KNOBS.values())[:4], ids=list(KNOBS)[:4])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_step_of_sparse_rows_equals_autograd(activation, knobs):
    objective, flat, x, weight = make_problem(activation, **knobs)
    dense, sparse = thinned(x)
    step, autograd = by_gram(objective, flat), AutogradStep(objective, flat)
    terms, expected = step(make_batch(sparse, weight)), autograd(make_batch(dense, weight))
    for actual, reference in zip(values(terms), values(expected), strict=True):
        assert_close(actual, reference)
    assert_close(step.gradient, autograd.gradient)


@pytest.mark.parametrize("exact", [True, False], ids=["without", "with reconstruction"])
def test_the_noise_of_sparse_rows_is_that_of_dense_ones(exact):
    objective, flat, x, weight = noisy_problem()
    batches = [make_batch(rows, weight) for rows in thinned(x)]
    steps = [by_gram(objective, flat) for _ in batches]
    for step, batch in zip(steps, batches, strict=True):
        step.exact = exact
        step(batch)
    assert steps[1].exact is exact
    assert_close(steps[1].gradient, steps[0].gradient)


@pytest.mark.parametrize("bound", [gram.LARGEST_TERMS, 0], ids=["without", "with reconstruction"])
def test_rows_are_evaluated_with_noise_as_they_are_in_steps(bound, monkeypatch):
    monkeypatch.setattr(gram, "LARGEST_TERMS", bound)
    objective, flat, x, weight = noisy_problem()
    dense, sparse = thinned(x)
    noisy = dense + in_span(flat, make_draws(dense))
    clean = replace(objective, noise=None)
    expected = values(clean.terms(flat, make_batch(dense, weight, source=noisy)))
    assert abs(expected[0] - clean.terms(flat, make_batch(dense, weight)).total) > 0.1
    for rows in (dense, sparse):
        actual = values(objective.terms(flat, make_batch(rows, weight)))
        for one, other in zip(actual, expected, strict=True):
            assert_close(one, other)


def test_sparse_rows_are_evaluated_as_dense_ones_are():
    objective, flat, x, weight = make_problem()
    batches = [make_batch(rows, weight) for rows in thinned(x)]
    dense, sparse = (values(objective.terms(flat, batch)) for batch in batches)
    for actual, expected in zip(sparse, dense, strict=True):
        assert_close(actual, expected)
    moments, expected = (objective.moments(batch) for batch in reversed(batches))
    assert_close(moments, expected)


@pytest.mark.parametrize("n_rows", [0, 7])
def test_sparse_rows_of_which_there_are_none_or_that_round_too_much(n_rows):
    objective, flat, x, weight = make_problem()
    dense, sparse = thinned(x[:n_rows])
    step, autograd = by_gram(objective, flat), AutogradStep(objective, flat)
    step.exact = n_rows == 0
    step(make_batch(sparse, weight[:n_rows]))
    autograd(make_batch(dense, weight[:n_rows]))
    assert_close(step.gradient, autograd.gradient)
    assert step.exact is (n_rows == 0)


def test_the_loss_of_a_sparse_row_keeps_its_digits():
    """Of rows in the span of W, and of rows that are not, all in one batch."""
    objective, flat, x, _ = nearly_linear(1.0, 0, 1e-6)
    x = torch.cat([x, x.flip(1)])
    layers, exact = (objective.architecture.layers(one) for one in (flat, flat.double()))
    z = decode(exact, encode(exact, x.double()))
    expected = objective.loss.value(z, x.double())
    assert expected.min() < 1e-4 < 1 < expected.max()
    losses = gram.losses_of_sparse(layers, x.to_sparse())
    torch.testing.assert_close(losses.double(), expected, rtol=1e-4, atol=0)


# --------------------------------------------------------------------------- where it is
@pytest.mark.parametrize(
    ("n_rows", "n_features", "n_components", "clean", "corrupted"),
    [
        (200, 784, 64, True, False),
        (200, 784, 128, True, False),
        (200, 784, 256, False, False),
        (1000, 784, 64, True, True),
        (1000, 784, 256, True, False),
        (200, 5000, 64, True, False),
        (1000, 5000, 64, True, True),
        (64, 64, 64, False, False),
        (0, 784, 64, False, False),
    ],
)
def test_the_shape_alone_chooses(n_rows, n_features, n_components, clean, corrupted, monkeypatch):
    monkeypatch.undo()
    shape = n_rows, n_features, n_components
    assert [gram.pays(*shape, other) for other in (False, True)] == [clean, corrupted]


@pytest.mark.parametrize("pays_for", [False, True], ids=["clean", "corrupted"])
@pytest.mark.parametrize("corrupted", [False, True], ids=["clean", "corrupted"])
def test_a_step_asks_for_its_own_rows(corrupted, pays_for, monkeypatch):
    monkeypatch.setattr(gram, "pays", lambda *shape: shape == (7, 5, 4, pays_for))
    objective, flat, x, weight = make_problem()
    step = by_gram(objective, flat)
    formed = []
    monkeypatch.setattr(FusedStep, "__call__", lambda *_: formed.append(True))
    step(make_batch(x, weight, x + 0.1 if corrupted else x))
    assert bool(formed) is (corrupted != pays_for)
