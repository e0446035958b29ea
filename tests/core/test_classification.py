"""The classifier's objective equals its definition, written with Jacobians formed by autograd."""

import itertools

import pytest
import torch
from problems import FUNCTIONS, assert_close, make_draws
from torch.autograd.functional import jacobian

from skcae.core.classification import (
    Affine,
    ClassificationObjective,
    Network,
    tangent_norms,
)
from skcae.core.corruptions import Dropout
from skcae.core.model import Point
from skcae.core.protocol import AutogradStep
from skcae.core.streams import Batch, Gathered, as_batch
from skcae.core.tangents import Tangents

SIZES = {1: (5, 4), 2: (6, 4, 3), 3: (4, 5, 4, 3)}
N_ROWS, N_TANGENTS = 7, 3
COMBINATIONS = list(itertools.product(FUNCTIONS, SIZES, (1, 4), (False, True)))


def make_problem(activation="logistic", depth=2, n_scores=4, scaled=True, **knobs):
    """An objective, its parameters, and a batch in which every number counts."""
    generator = torch.Generator().manual_seed(depth)

    def normal(*size):
        return torch.randn(size, generator=generator, dtype=torch.float64)

    sizes = (*SIZES[depth], n_scores)
    maps = [Affine(1 + 0.3 * normal(size), normal(size)) for size in sizes[:-1]]
    network = Network(sizes, (activation,) * depth, tuple(maps if scaled else [None] * len(maps)))
    n_parameters = sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise(sizes))
    x, weight = normal(N_ROWS, sizes[0]), normal(N_ROWS).square()
    extra = {
        "label": torch.randint(max(2, n_scores), (N_ROWS,), generator=generator),
        "emphasis": normal(N_ROWS).square() * (torch.arange(N_ROWS) != 2),
        "tangents": normal(N_ROWS, N_TANGENTS, sizes[0]),
    }
    batch = Batch(x, x, weight / weight.sum(), weight.sum(), make_draws(x), extra)
    strengths = {"tangent_strength": 0.7, "weight_decay": 0.3, "head_decay": 0.2}
    objective = ClassificationObjective(network, **{"has_tangents": True, **strengths, **knobs})
    return objective, 0.7 * normal(n_parameters), batch


def stored_layers(network, flat):
    """Weights and biases cut from the buffer, by the order that is documented."""
    layers, start = [], 0
    for n_in, n_out in itertools.pairwise(network.sizes):
        end = start + n_in * n_out
        layers.append((flat[start:end].reshape(n_out, n_in), flat[end : end + n_out]))
        start = end + n_out
    return layers


def defined_scores(network, layers, x):
    function = FUNCTIONS[network.activation_names[0]]
    for level, ((weight, bias), fixed) in enumerate(zip(layers, network.maps, strict=True)):
        x = x if fixed is None else x * fixed.scale + fixed.shift
        x = x @ weight.T + bias
        x = function(x) if level < len(layers) - 1 else x
    return x


def defined_probabilities(network, layers, x):
    scores = defined_scores(network, layers, x)
    if len(scores) == 1:
        scores = torch.cat([torch.zeros(1, dtype=torch.float64), scores])
    return scores.exp() / scores.exp().sum()


def defined_terms(objective, flat, batch):
    """Total, log-loss and tangent term, row by row from the definitions."""
    network = objective.architecture
    layers = stored_layers(network, flat)
    log_loss = tangent = torch.zeros((), dtype=torch.float64)
    for row in range(N_ROWS):
        x = batch.source[row]
        probability = defined_probabilities(network, layers, x)[batch.extra["label"][row]]
        log_loss = log_loss - batch.weight[row] * batch.extra["emphasis"][row] * probability.log()
        J = jacobian(lambda x: defined_probabilities(network, layers, x), x, create_graph=True)
        moved = batch.extra["tangents"][row] @ J.T
        tangent = tangent + batch.weight[row] * (moved**2).sum()
    decay = sum((weight**2).sum() for weight, _ in layers[:-1])
    head = (layers[-1][0] ** 2).sum()
    total = log_loss + objective.tangent_strength * tangent
    total = total + objective.weight_decay * decay + objective.head_decay * head
    return total, log_loss, tangent


@pytest.mark.parametrize(("activation", "depth", "n_scores", "scaled"), COMBINATIONS)
def test_value_and_gradient_equal_the_definition(activation, depth, n_scores, scaled):
    objective, flat, batch = make_problem(activation, depth, n_scores, scaled)
    leaf = flat.clone().requires_grad_()
    expected = defined_terms(objective, leaf, batch)
    step = objective.step(flat)
    terms = step(batch)
    for actual, defined in zip([terms.total, *terms.parts], expected, strict=True):
        assert_close(actual, defined.detach())
    assert terms.share == batch.share
    assert_close(step.gradient, torch.autograd.grad(expected[0], leaf)[0])


def test_both_terms_are_those_of_the_rows_after_dropout():
    """With the mask that the generator gives."""
    objective, flat, batch = make_problem()
    mask = make_draws(batch.target).uniform() >= 0.4
    gathered = Gathered(batch.target, batch.weight, batch.extra)
    dropped = as_batch(gathered, torch.Generator().manual_seed(0), Dropout(0.4))
    leaf = flat.clone().requires_grad_()
    expected = defined_terms(objective, leaf, batch._replace(source=batch.target * mask / 0.6))
    step = objective.step(flat)
    for actual, defined in zip(step(dropped).parts, expected[1:], strict=True):
        assert_close(actual, defined.detach())
    assert_close(step.gradient, torch.autograd.grad(expected[0], leaf)[0])


def test_strength_zero_reports_the_tangent_term_and_does_not_follow_it():
    objective, flat, batch = make_problem(tangent_strength=0.0)
    without, *_ = make_problem(tangent_strength=0.0, has_tangents=False)
    steps = [AutogradStep(one, flat) for one in (objective, without)]
    reported, plain = (step(batch) for step in steps)
    assert reported.parts[1] > 0
    assert len(plain.parts) == 1
    assert_close(steps[0].gradient, steps[1].gradient)


class Given:
    """Draws that return the signs they were given."""

    def __init__(self, signs):
        self.given = signs

    def signs(self, columns):
        return self.given[:, :columns]


@pytest.mark.parametrize("n_scores", [1, 4])
@pytest.mark.parametrize("n_draws", [1, 2])
def test_random_combinations_have_the_exact_term_as_their_mean(n_scores, n_draws):
    """Over all signs, in value and gradient."""
    exact, flat, batch = make_problem(n_scores=n_scores)
    drawn, *_ = make_problem(n_scores=n_scores, tangent_draws=n_draws)
    values, gradients = [], []
    for signs in itertools.product([-1.0, 1.0], repeat=n_draws * N_TANGENTS):
        given = Given(torch.tensor(signs, dtype=torch.float64).expand(N_ROWS, -1))
        step = drawn.step(flat)
        values.append(step(batch._replace(draws=given)).parts[1])
        gradients.append(step.gradient)
    step = exact.step(flat)
    assert_close(torch.stack(values).mean(), step(batch).parts[1])
    assert_close(torch.stack(gradients).mean(0), step.gradient)
    assert torch.stack(values).std() > 0


def test_a_term_that_is_not_followed_is_exact():
    exact, flat, batch = make_problem()
    drawn, *_ = make_problem(tangent_draws=1)
    with torch.no_grad():
        assert drawn.terms(flat, batch).parts[1] == exact.terms(flat, batch).parts[1]


def test_large_outputs_do_not_overflow():
    objective, flat, batch = make_problem(has_tangents=False, tangent_strength=0.0)
    assert objective.terms(1e4 * flat, batch).total.isfinite()


@pytest.mark.parametrize("n_scores", [1, 4])
def test_models_side_by_side_are_each_their_own(n_scores):
    objective, flat, batch = make_problem(n_scores=n_scores)
    together = objective.terms(torch.stack([flat, 2 * flat]), batch)
    for model, own in enumerate([flat, 2 * flat]):
        for both, alone in zip(
            [together.total, *together.parts], _numbers(objective.terms(own, batch)), strict=True
        ):
            assert_close(both[model], alone)


def _numbers(terms):
    return [terms.total, *terms.parts]


def test_the_baseline_is_the_loss_of_constant_answers():
    for n_scores in (1, 4):
        objective, flat, batch = make_problem(n_scores=n_scores, has_tangents=False)
        still = ClassificationObjective(objective.architecture)
        baseline = still.baseline(still.moments(batch))
        constant = flat * 0
        assert baseline.zero == pytest.approx(float(still.terms(constant, batch).total))
        weight = batch.weight * batch.extra["emphasis"]
        share = torch.bincount(batch.extra["label"], weight, max(2, n_scores)) / weight.sum()
        scores = share.clamp_min(1e-300).log()
        bias = scores if n_scores > 1 else (scores[1:] - scores[:1])
        objective.architecture.split(constant)[1][-1].copy_(bias)
        assert baseline.mean == pytest.approx(float(still.terms(constant, batch).total))


def test_flatten_is_the_inverse_of_split():
    objective, flat, _ = make_problem()
    network = objective.architecture
    assert torch.equal(network.flatten(*network.split(flat)), flat)


@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("activation", ["logistic", "relu"])
def test_tangents_are_the_leading_right_singular_vectors(activation, depth):
    objective, flat, batch = make_problem(activation, depth)
    layers = objective.architecture.layers(flat)
    tangents = Tangents(layers, 2)(batch.source)
    network = objective.architecture
    encoder = stored_layers(network, flat)[:-1]
    for row in range(N_ROWS):

        def code(x):
            h = defined_scores(network, [*encoder, _identity(encoder)], x)
            return (h - network.maps[-1].shift) / network.maps[-1].scale

        _, values, V = torch.linalg.svd(jacobian(code, batch.source[row]), full_matrices=False)
        for number in range(2):
            if values[number] < 1e-12:
                assert not tangents[row, number].any()
            else:
                assert_close((tangents[row, number] @ V[number]).abs(), torch.ones(()).double())


def _identity(encoder):
    n = len(encoder[-1][1])
    return torch.eye(n, dtype=torch.float64), torch.zeros(n, dtype=torch.float64)


def test_tangents_of_an_encoder_that_stands_still_are_zero():
    objective, flat, batch = make_problem("relu", 1)
    dead = flat.clone()
    _, bias = objective.architecture.split(dead)
    bias[0].fill_(-1e6)
    point = Point(objective.architecture.layers(dead), batch.source)
    tangents = Tangents(point.layers, 2)(batch.source)
    assert not tangents.any()
    assert not tangent_norms(point, tangents).any()
