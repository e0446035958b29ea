"""check_penalty accepts the penalty in every right form, and names what is wrong with the others."""

import numpy as np
import pytest
import torch
from scipy import sparse

from skcae.inspection import check_penalty

X = np.random.RandomState(0).uniform(size=(7, 5))


def make_encoder(*sizes, activation=torch.nn.Sigmoid, dtype=torch.float64):
    torch.manual_seed(0)
    parts = [
        part
        for n_in, n_out in zip((5, *sizes), sizes, strict=False)
        for part in (torch.nn.Linear(n_in, n_out, dtype=dtype), activation())
    ]
    return torch.nn.Sequential(*parts)


def closed_form(encoder, weight=None, factor=1.0):
    weight = encoder[0].weight if weight is None else weight

    def penalty(x):
        h = encoder(x)
        return factor * ((h * (1 - h)) ** 2 @ (weight**2).sum(1)).mean()

    return penalty


def summed_code(encoder):
    return lambda x: (
        torch.autograd.grad(encoder(x).sum(), x, create_graph=True)[0].square().sum(1).mean()
    )


def without_graph(encoder):
    return lambda x: (
        torch.autograd.functional.jacobian(lambda rows: encoder(rows).sum(0), x).square().sum()
        / len(x)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_closed_form_is_correct(dtype):
    encoder = make_encoder(4, dtype=dtype)
    check = check_penalty(closed_form(encoder), encoder, X)
    assert check.correct
    assert check.verdict.startswith("Correct")
    assert check.value == pytest.approx(check.expected)
    assert (check.gradient_ratio, check.gradient_cosine) == pytest.approx((1, 1), abs=1e-5)


def test_the_expected_value_is_that_of_a_formed_jacobian():
    encoder = make_encoder(4, 3, activation=torch.nn.Tanh)
    J = np.stack(
        [torch.autograd.functional.jacobian(encoder, row).numpy() for row in torch.from_numpy(X)]
    )
    check = check_penalty(summed_code(encoder), encoder, X)
    assert check.expected == pytest.approx((J**2).sum((1, 2)).mean())


def test_a_jacobian_with_its_graph_is_correct_for_deep_encoders():
    encoder = make_encoder(4, 3, activation=torch.nn.Tanh)

    def penalty(x):
        J = torch.autograd.functional.jacobian(
            lambda rows: encoder(rows).sum(0), x, create_graph=True
        )
        return J.square().sum() / len(x)

    assert check_penalty(penalty, encoder, X).correct


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (0.5, "factor of 0.5: one half"),
        (7, "factor of 7: a sum over rows"),
        (1 / 20, "a mean over the entries of J"),
        (1 / 4, "a mean over components"),
        (1 / 5, "a mean over features"),
        (3, "factor of 3. Divide alpha by it"),
    ],
)
def test_factors_are_named(factor, words):
    encoder = make_encoder(4)
    check = check_penalty(closed_form(encoder, factor=factor), encoder, X)
    assert not check.correct
    assert words in check.verdict
    assert check.gradient_ratio == pytest.approx(factor)


def test_a_detached_weight_has_the_right_value_and_another_gradient():
    encoder = make_encoder(4)
    check = check_penalty(closed_form(encoder, encoder[0].weight.detach()), encoder, X)
    assert check.value == pytest.approx(check.expected)
    assert not check.correct
    assert "part of the graph is cut" in check.verdict
    assert check.gradient_cosine < 0.99


def test_a_penalty_without_graph_has_no_gradient():
    encoder = make_encoder(4)
    check = check_penalty(without_graph(encoder), encoder, X)
    assert check.verdict.startswith("The value is right, but it has no gradient")
    assert (check.gradient_ratio, check.gradient_cosine) == (0, 0)
    scaled = check_penalty(lambda x: 2 * without_graph(encoder)(x), encoder, X)
    assert scaled.verdict.startswith("The value is 2 times the right one, and it has no gradient")


def test_another_quantity_is_told():
    encoder = make_encoder(4)
    check = check_penalty(summed_code(encoder), encoder, X)
    assert not check.correct
    assert check.verdict.startswith("Another quantity")


def test_parameters_may_be_given_and_rows_be_sparse():
    W = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    check = check_penalty(
        lambda x: ((1 - torch.tanh(x @ W.T) ** 2) ** 2 @ (W**2).sum(1)).mean(),
        lambda x: torch.tanh(x @ W.T),
        sparse.csr_array(X),
        parameters=[W],
    )
    assert check.correct


def test_a_looser_tolerance_accepts_an_estimate():
    encoder = make_encoder(4)
    almost = closed_form(encoder, factor=1.01)
    assert not check_penalty(almost, encoder, X).correct
    assert check_penalty(almost, encoder, X, tol=0.1).correct


def test_errors():
    encoder = make_encoder(4)
    with pytest.raises(
        ValueError, match=r"no parameters that require a gradient; pass a torch\.nn\.Module"
    ):
        check_penalty(closed_form(encoder), lambda x: encoder(x), X)
    with pytest.raises(
        ValueError, match=r"encoder\(x\) has shape \(7,\); it must be \(7, n_components\)"
    ):
        check_penalty(
            closed_form(encoder), lambda x: encoder(x).sum(1), X, parameters=encoder.parameters()
        )
    with pytest.raises(
        ValueError,
        match=r"penalty\(x\) is a tensor of shape \(7, 4\); it must be a tensor of one element",
    ):
        check_penalty(encoder, encoder, X)
    with pytest.raises(ValueError, match=r"penalty\(x\) is a float"):
        check_penalty(lambda x: 1.0, encoder, X)
    dead = make_encoder(4, activation=torch.nn.ReLU)
    with torch.no_grad():
        dead[0].bias.fill_(-100)
    with pytest.raises(ValueError, match="is zero at X"):
        check_penalty(closed_form(dead), dead, X)
