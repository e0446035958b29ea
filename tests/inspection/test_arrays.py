"""The arrays of skcae.inspection against autograd, torch's decompositions and explicit loops."""

from math import gamma, pi, sqrt

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, _bridge
from skcae.core.activations import ACTIVATIONS
from skcae.inspection import (
    contraction,
    contraction_curve,
    jacobian,
    local_dimension,
    saturation,
    singular_values,
    tangents,
)

D = 7
SHAPES = {
    "narrow": (4, ()),
    "wide": (11, ()),
    "square": (D, ()),
    "deep": (3, (5,)),
    "deep_wide_first": (3, (9, 5)),
    "deep_wide_code": (6, (4,)),
    "deep_bottleneck": (4, (6, 2, 5)),
}
FUNCTIONS = {
    "jacobian": jacobian,
    "contraction": contraction,
    "singular_values": singular_values,
    "tangents": lambda cae, X: tangents(cae, X, 2),
    "local_dimension": local_dimension,
    "contraction_curve": lambda cae, X: contraction_curve(
        cae, X, [0, 0.1, 2.0], n_directions=3, random_state=0
    ),
    "saturation": saturation,
}


def rows(n=9, dtype=np.float64):
    return np.random.RandomState(3).uniform(-1, 1, (n, D)).astype(dtype)


def fitted(
    n_components=4,
    hidden=(),
    activation="logistic",
    dtype=np.float64,
    cls=ContractiveAutoencoder,
    scale=1.0,
    code_activation=None,
):
    """An autoencoder whose weights are known, spread out, and none of them special."""
    autoencoder = cls(
        n_components,
        hidden_layer_sizes=hidden,
        activation=activation,
        code_activation=code_activation,
        max_iter=1,
        n_iter_no_change=None,
    )
    autoencoder.set_params(random_state=0).fit(rows(dtype=dtype))
    draws = np.random.RandomState(1)
    for arrays in (autoencoder.coefs_, autoencoder.intercepts_):
        for position, array in enumerate(arrays):
            arrays[position] = (scale * draws.standard_normal(array.shape)).astype(dtype)
    return autoencoder


def encoder(autoencoder):
    """The encoder written out, in float64."""
    depth = len(autoencoder.coefs_) // 2
    functions = {
        "logistic": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "identity": lambda z: z,
        "softplus": lambda z: torch.log1p(torch.exp(z)),
        "elu": lambda z: torch.where(z > 0, z, torch.exp(z.clamp(max=0)) - 1),
        "leaky_relu": lambda z: torch.where(z > 0, z, z / 100),
    }
    hidden = [autoencoder.activation] * (depth - 1)
    names = [*hidden, autoencoder.code_activation or autoencoder.activation]

    def encode(x):
        for coef, intercept, name in zip(
            autoencoder.coefs_[:depth], autoencoder.intercepts_[:depth], names, strict=True
        ):
            x = functions[name](
                x @ torch.tensor(coef, dtype=torch.float64)
                + torch.tensor(intercept, dtype=torch.float64)
            )
        return x

    return encode


def reference(autoencoder, X):
    encode, X = encoder(autoencoder), torch.tensor(X, dtype=torch.float64)
    return torch.stack([torch.autograd.functional.jacobian(encode, x) for x in X])


@pytest.fixture(
    params=[(shape, activation) for shape in SHAPES for activation in ACTIVATIONS]
    + [("deep", "tanh", "identity"), ("deep_bottleneck", "relu", "logistic")],
    ids="-".join,
)
def case(request):
    shape, activation, *of_code = request.param
    return fitted(*SHAPES[shape], activation, code_activation=of_code[0] if of_code else None)


def test_jacobian_is_autograds(case):
    J = jacobian(case, rows())
    assert J.shape == (9, case.n_components, D)
    np.testing.assert_allclose(J, reference(case, rows()), rtol=1e-10, atol=1e-13)


def test_contraction_is_the_squared_norm(case):
    expected = reference(case, rows()).square().sum((1, 2))
    np.testing.assert_allclose(contraction(case, rows()), expected, rtol=1e-10)


def test_singular_values_are_torchs(case):
    J = reference(case, rows())
    values, expected = singular_values(case, rows()), torch.linalg.svdvals(J).numpy()
    assert values.shape == (9, min(case.n_components, D))
    assert np.all(np.abs(values - expected) <= 1e-10 * expected[:, :1])
    np.testing.assert_allclose(
        singular_values(case, rows(), k=2), values[:, :2], atol=1e-10 * values.max()
    )


def test_tangents_are_the_leading_right_singular_vectors(case):
    """Orthonormal, stretched by J to the singular values, and the images of distinct ones orthogonal: no more is unique."""
    J, V = reference(case, rows()).numpy(), tangents(case, rows(), 2)
    expected = np.linalg.svd(J, compute_uv=False)[:, :2]
    np.testing.assert_allclose(
        V @ V.swapaxes(1, 2), np.broadcast_to(np.eye(2), (9, 2, 2)), atol=1e-10
    )
    moved = V @ J.swapaxes(1, 2)
    products = moved @ moved.swapaxes(1, 2)
    np.testing.assert_allclose(
        np.sqrt(np.einsum("nii->ni", products)), expected, atol=1e-10 * expected.max()
    )
    assert np.all(np.abs(products[:, 0, 1]) <= 1e-10 * expected[:, 0] ** 2)
    assert np.all(np.take_along_axis(V, np.abs(V).argmax(2)[..., None], 2) > 0)


def test_local_dimension_is_the_participation_ratio(case):
    squares = torch.linalg.svdvals(reference(case, rows())).square().numpy()
    total = squares.sum(1)
    expected = np.divide(total**2, (squares**2).sum(1), out=np.zeros_like(total), where=total > 0)
    np.testing.assert_allclose(local_dimension(case, rows()), expected, rtol=1e-10)


def test_contraction_curve_is_the_loop_over_radii_rows_and_directions(case):
    radii, n_directions, X = [0.0, 1e-3, 0.5, 4.0], 2, rows(5)
    draws = np.random.RandomState(7).standard_normal((len(X), n_directions, D))
    encode, J, sums = encoder(case), reference(case, X).numpy(), np.zeros(len(radii))
    for i, x in enumerate(X):
        for direction in draws[i] / np.linalg.norm(draws[i], axis=1, keepdims=True):
            sums[0] += np.linalg.norm(J[i] @ direction)
            for position, radius in enumerate(radii[1:], start=1):
                sums[position] += (
                    encode(torch.tensor(x + radius * direction)) - encode(torch.tensor(x))
                ).norm() / radius
    curve = contraction_curve(case, X, radii, n_directions=n_directions, random_state=7)
    np.testing.assert_allclose(curve, sums / (len(X) * n_directions), rtol=1e-10)


def test_local_dimension_counts_equal_singular_values():
    cae = fitted(5, activation="identity")
    weight = np.linalg.qr(np.random.RandomState(0).standard_normal((D, 5)))[0]
    for k in (1, 3, 5):
        cae.coefs_[0] = 1e-6 * weight * (np.arange(5) < k)
        np.testing.assert_allclose(local_dimension(cae, rows()), k, rtol=1e-12)
    cae.coefs_[0] = np.zeros((D, 5))
    np.testing.assert_array_equal(local_dimension(cae, rows()), 0)


def test_saturated_units_do_not_cost_exactness():
    """Slopes over forty decades: negligible rows of J are left out, those that count are not."""
    cae = fitted(40, scale=12.0)
    expected = np.linalg.svd(reference(cae, rows()).numpy(), compute_uv=False)
    assert np.all(np.abs(singular_values(cae, rows()) - expected) <= 1e-10 * expected[:, :1])
    V, J = tangents(cae, rows(), D), reference(cae, rows()).numpy()
    np.testing.assert_allclose(
        V @ V.swapaxes(1, 2), np.broadcast_to(np.eye(D), (9, D, D)), atol=1e-10
    )
    stretched = np.linalg.norm(V @ J.swapaxes(1, 2), axis=2)
    assert np.all(np.abs(stretched - expected) <= 1e-10 * expected[:, :1])


def test_a_dead_encoder_has_a_zero_spectrum():
    cae = fitted(4, activation="relu")
    cae.intercepts_[0][:] = -1e3
    np.testing.assert_array_equal(singular_values(cae, rows()), np.zeros((9, 4)))
    np.testing.assert_array_equal(local_dimension(cae, rows()), 0)
    assert tangents(cae, rows(), 4).shape == (9, 4, D)


@pytest.mark.parametrize("mixed", [True, False], ids=["units_alike", "a_unit_each"])
def test_small_singular_values_keep_their_digits(mixed):
    """A Gram matrix alone would leave them about 1e-8 of the largest, and so would a unit that is left out too early."""
    cae = fitted(5, activation="identity")
    U, _, Vt = np.linalg.svd(cae.coefs_[0], full_matrices=False)
    spectrum = np.array([1, 1e-3, 1e-6, 1e-8, 1e-9])
    cae.coefs_[0] = (U * spectrum) @ (Vt if mixed else np.eye(5))
    np.testing.assert_allclose(singular_values(cae, rows()), np.tile(spectrum, (9, 1)), atol=1e-14)
    np.testing.assert_allclose(
        singular_values(cae, rows(), k=2), np.tile(spectrum[:2], (9, 1)), rtol=1e-10
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_all_tangents_are_orthonormal_whatever_the_rank(shape):
    cae = fitted(*SHAPES[shape])
    k = min(cae.n_components, D)
    V = tangents(cae, rows(), k)
    np.testing.assert_allclose(
        V @ V.swapaxes(1, 2), np.broadcast_to(np.eye(k), (9, k, k)), atol=1e-10
    )


@pytest.mark.parametrize("n_components", [1, D])
def test_directions_are_uniform_on_the_sphere(n_components):
    """E|u_1| = Gamma(d/2) / (sqrt(pi) Gamma((d + 1)/2)) for one linear unit; an isometry has ratio 1 in every direction."""
    cae = fitted(n_components, activation="identity")
    cae.coefs_[0] = np.eye(D)[:, :n_components]
    expected = gamma(D / 2) / (sqrt(pi) * gamma((D + 1) / 2)) if n_components == 1 else 1
    curve = contraction_curve(cae, rows(), [0, 1, 5], n_directions=4000, random_state=0)
    np.testing.assert_allclose(curve, expected, rtol=0.01 if n_components == 1 else 1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_small_radii_tend_to_the_derivative(shape):
    """First at rate r towards the mean of ||J u||, which is at most the mean of ||J||_F / sqrt(d)."""
    cae, X = fitted(*SHAPES[shape]), rows()
    limit, coarse, fine = contraction_curve(
        cae, X, [0, 1e-2, 1e-5], n_directions=200, random_state=0
    )
    assert abs(fine - limit) < 1e-5 * limit
    assert abs(coarse - limit) < 0.02 * limit
    assert limit <= np.sqrt(contraction(cae, X) / D).mean() * 1.05


def test_contraction_curve_repeats_with_its_seed():
    cae = fitted()
    one, two, other = (
        contraction_curve(cae, rows(), [1.0], random_state=seed)[0] for seed in (0, 0, 1)
    )
    assert one == two != other


def test_saturation_counts_both_ends_of_the_code():
    cae = fitted(4)
    cae.coefs_[0] = np.zeros((D, 4))
    for codes, expected in [
        ((0.04, 0.96, 0.5, 0.5), 0.5),
        ((0.06, 0.94, 0.5, 0.04), 0.25),
        ((0.01, 0.02, 0.99, 0.96), 1),
    ]:
        cae.intercepts_[0] = np.log(np.array(codes) / (1 - np.array(codes)))
        np.testing.assert_array_equal(saturation(cae, rows()), expected)


def test_saturation_of_a_deep_encoder_is_that_of_its_code():
    cae = fitted(4, hidden=(6,))
    code = cae.transform(rows())
    np.testing.assert_allclose(saturation(cae, rows()), ((code < 0.05) | (code > 0.95)).mean(1))


def test_contraction_is_what_training_penalised():
    X = rows(40)
    cae = ContractiveAutoencoder(
        5, max_iter=2, batch_size=40, n_iter_no_change=None, learning_rate_init=1e-9, random_state=0
    )
    cae.fit(X)
    np.testing.assert_allclose(contraction(cae, X).mean(), cae.contraction_curve_[-1], rtol=1e-6)


@pytest.mark.parametrize("shape", ["narrow", "wide", "deep", "deep_wide_first"])
@pytest.mark.parametrize("name", FUNCTIONS)
class TestEveryFunction:
    def test_sparse_rows_are_dense_rows(self, name, shape):
        cae, X = fitted(*SHAPES[shape]), np.where(rows() > 0, rows(), 0)
        dense, thin = FUNCTIONS[name](cae, X), FUNCTIONS[name](cae, sparse.csr_matrix(X))
        assert isinstance(thin, np.ndarray)
        np.testing.assert_allclose(thin, dense, atol=1e-12)

    def test_chunks_do_not_matter(self, name, shape, monkeypatch):
        cae = fitted(*SHAPES[shape])
        whole = FUNCTIONS[name](cae, rows())
        monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 2 * D * max(cae.n_components, 9))
        np.testing.assert_allclose(FUNCTIONS[name](cae, rows()), whole, atol=1e-12)
        monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 1)
        np.testing.assert_allclose(FUNCTIONS[name](cae, rows()), whole, atol=1e-12)

    def test_no_array_outgrows_a_chunk(self, name, shape, monkeypatch):
        cae, largest = fitted(*SHAPES[shape]), []

        class Sizes(TorchDispatchMode):
            def __torch_dispatch__(self, func, types, args=(), kwargs=None):
                out = func(*args, **(kwargs or {}))
                largest.extend(
                    part.numel() for part in tree_leaves(out) if isinstance(part, torch.Tensor)
                )
                return out

        monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 500)
        with Sizes():
            FUNCTIONS[name](cae, rows(300))
        assert 100 < max(largest) <= 500

    def test_float32_stays_and_is_close(self, name, shape):
        single = fitted(*SHAPES[shape], dtype=np.float32)
        double = fitted(*SHAPES[shape])
        for narrow, wide in zip(single.coefs_ + single.intercepts_, range(100), strict=False):
            (double.coefs_ + double.intercepts_)[wide][...] = narrow
        X = rows(dtype=np.float32)
        result = FUNCTIONS[name](single, X)
        assert result.dtype == (np.float64 if name == "contraction_curve" else np.float32)
        np.testing.assert_allclose(
            result, FUNCTIONS[name](double, X.astype(np.float64)), rtol=1e-4, atol=1e-5
        )

    def test_rows_of_a_pipeline_are_those_at_the_autoencoder(self, name, shape):
        cae, scaler = fitted(*SHAPES[shape]), MinMaxScaler().fit(rows())
        pipe = make_pipeline(scaler, FrozenEstimator(cae))
        expected = FUNCTIONS[name](cae, scaler.transform(rows()))
        np.testing.assert_array_equal(FUNCTIONS[name](pipe, rows()), expected)

    def test_denoising_autoencoder_is_taken_at_the_clean_row(self, name, shape):
        cae, dae = fitted(*SHAPES[shape]), fitted(*SHAPES[shape], cls=DenoisingAutoencoder)
        np.testing.assert_allclose(
            FUNCTIONS[name](dae, rows()), FUNCTIONS[name](cae, rows()), atol=1e-13
        )


@pytest.mark.parametrize("name", FUNCTIONS)
class TestEveryFunctionRejects:
    def test_what_is_not_fitted(self, name):
        with pytest.raises(NotFittedError):
            FUNCTIONS[name](ContractiveAutoencoder(), rows())

    def test_what_is_not_an_autoencoder(self, name):
        with pytest.raises(TypeError, match="estimator, of type MinMaxScaler, holds no autoenc"):
            FUNCTIONS[name](MinMaxScaler(), rows())

    def test_rows_of_another_width(self, name):
        with pytest.raises(ValueError, match="7 features"):
            FUNCTIONS[name](fitted(), rows()[:, 1:])


@pytest.mark.parametrize("k", [0, -1, 5, 1.0, True, "2"])
@pytest.mark.parametrize("function", [singular_values, tangents])
def test_k_is_an_integer_in_range(function, k):
    with pytest.raises(
        ValueError, match=rf"k={k!r} must be an integer from 1 to .* is 4 here; use k=4"
    ):
        function(fitted(4), rows(), k)


@pytest.mark.parametrize("function", [singular_values, tangents])
def test_k_is_bounded_by_the_features(function):
    with pytest.raises(ValueError, match="is 7 here"):
        function(fitted(11), rows(), 8)


def test_tangents_need_k():
    with pytest.raises(ValueError, match="k=None must be an integer"):
        tangents(fitted(), rows(), None)


@pytest.mark.parametrize("radii", [[], [-1.0], [np.nan], [np.inf], 1.0, [[1.0]]])
def test_radii_are_finite_and_not_negative(radii):
    with pytest.raises(
        ValueError,
        match=r"radii=.* must be a sequence of at least one finite number, none negative; use",
    ):
        contraction_curve(fitted(), rows(), radii)


@pytest.mark.parametrize("n_directions", [0, 1.5, True])
def test_directions_are_counted(n_directions):
    with pytest.raises(
        ValueError, match=f"n_directions={n_directions!r} must be an integer of at least 1"
    ):
        contraction_curve(fitted(), rows(), [1.0], n_directions=n_directions)


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"logistic"}))
def test_only_logistic_units_saturate(activation):
    with pytest.raises(
        ValueError,
        match=f"saturation is defined for .* only, .*activation='{activation}'; use contraction",
    ):
        saturation(fitted(activation=activation), rows())


def test_saturation_asks_for_the_activation_of_the_code_alone():
    mixed = fitted(hidden=(5,), activation="tanh", code_activation="logistic")
    codes = mixed.transform(rows())
    np.testing.assert_allclose(saturation(mixed, rows()), ((codes < 0.05) | (codes > 0.95)).mean(1))
    with pytest.raises(ValueError, match="the code has activation='identity'"):
        saturation(fitted(hidden=(5,), code_activation="identity"), rows())
