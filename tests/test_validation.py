"""Every error of the validation says what was given, what the rule is, and what to do."""

import numpy as np
import pytest
from estimators import short_fits
from scipy import sparse
from sklearn.base import clone
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder

pytestmark = short_fits

X = np.random.RandomState(0).uniform(0, 1, (30, 8))
both = pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])


def make(Estimator, **params):
    return Estimator(
        **{
            "n_components": 4,
            "max_iter": 2,
            "learning_rate_init": 0.01,
            "random_state": 0,
            **params,
        }
    )


@both
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix, sparse.csr_array])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_domain_of_the_loss(Estimator, method, container):
    message = (
        r"loss='cross_entropy' needs every value of X in \[0, 1\], but X ranges from {} to {}\. "
        r"Scale X first, for instance with MinMaxScaler\(clip=True\), or use loss='squared_error'\."
    )
    high, low = X.copy(), X.copy()
    high[3, 2], high[0, 0], low[0, 0], low[1, 1] = 1.5, 0, -0.25, 1
    estimator = make(Estimator, loss="cross_entropy")
    with pytest.raises(ValueError, match=message.format("0", r"1\.5")):
        getattr(estimator, method)(container(high))
    with pytest.raises(ValueError, match=message.format(r"-0\.25", "1")):
        getattr(estimator, method)(container(low))
    getattr(make(Estimator), method)(container(high * 100 - 50))
    getattr(estimator, method)(container(np.round(X)))


@both
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("offset", [0, 1, 10])
def test_what_a_scaler_returns_is_in_the_domain(Estimator, offset, dtype):
    """MinMaxScaler leaves [0, 1] by a rounding error, which grows with a column's mean."""
    columns = np.random.RandomState(0).uniform(offset, offset + 1, (200, 100))
    rows = MinMaxScaler().fit_transform(columns.astype(dtype))
    assert rows.max() > 1
    assert rows.dtype == dtype
    for container in (np.asarray, sparse.csr_array):
        estimator = make(Estimator, loss="cross_entropy").fit(container(rows))
        assert np.isfinite(estimator.partial_fit(container(rows)).loss_curve_).all()


@both
def test_rows_scaled_in_float32_are_in_the_domain_as_float64(Estimator):
    """As where a ColumnTransformer puts them beside float64 columns."""
    columns = np.random.RandomState(0).uniform(10, 11, (200, 100)).astype(np.float32)
    rows = MinMaxScaler().fit_transform(columns).astype(np.float64)
    assert rows.max() > 1 + 1e-7
    make(Estimator, loss="cross_entropy").fit(rows)


LARGEST = np.sqrt(np.finfo(np.float64).max / X.shape[1])


@both
@pytest.mark.parametrize(
    ("loss", "value", "shown"),
    [
        ("cross_entropy", -4e-4, "from -0.0004 to"),
        ("cross_entropy", 1.00051234, r"to 1\.00051\."),
        ("squared_error", LARGEST * (1 + 1e-9), repr(float(LARGEST * (1 + 1e-9)))[:12]),
    ],
)
def test_a_refused_value_is_shown_with_the_digits_that_are_wrong(Estimator, loss, value, shown):
    rows = X.copy()
    rows[3, 2] = value
    with pytest.raises(ValueError, match=shown):
        make(Estimator, loss=loss).fit(rows)


@both
def test_codes_need_no_domain_of_the_rows(Estimator):
    """New rows may lie a little outside of [0, 1]: they can be encoded and scored."""
    estimator = make(Estimator, loss="cross_entropy").fit(X)
    assert np.isfinite(estimator.transform(X + 0.1)).all()
    assert np.isfinite(estimator.score_samples(X + 0.1)).all()


@both
def test_weights(Estimator):
    estimator = make(Estimator)
    with pytest.raises(ValueError, match="at least one non-zero number"):
        estimator.fit(X, sample_weight=np.zeros(30))
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        estimator.fit(X, sample_weight=np.r_[-1, np.ones(29)])
    with pytest.raises(ValueError, match="sample_weight"):
        estimator.fit(X, sample_weight=np.ones(29))
    with pytest.raises(ValueError, match="NaN"):
        estimator.fit(X, sample_weight=np.full(30, np.nan))


@both
def test_codes_of_another_width(Estimator):
    estimator = make(Estimator).fit(X)
    message = f"X has 8 columns, but {Estimator.__name__} has codes of 4 components; pass what its transform returned"
    with pytest.raises(ValueError, match=message):
        estimator.inverse_transform(X)


@both
@pytest.mark.parametrize("hidden", [(0,), (5, -1), (2.5,), (True,), ("5",)])
def test_hidden_layer_sizes(Estimator, hidden):
    with pytest.raises(
        ValueError,
        match=r"hidden_layer_sizes=\(.*\) must hold integers of at least 1; use \(\) for one layer",
    ):
        make(Estimator, hidden_layer_sizes=hidden).fit(X)


@both
@pytest.mark.parametrize("hidden", [[5], (np.int64(5),), np.array([5])])
def test_hidden_layer_sizes_may_be_any_integers(Estimator, hidden):
    assert make(Estimator, hidden_layer_sizes=hidden).fit(X).coefs_[0].shape == (8, 5)


@pytest.mark.parametrize(
    "Estimator", [ContractiveAutoencoder, DenoisingAutoencoder, ContractiveAutoencoderCV]
)
@pytest.mark.parametrize("hidden", [5, np.int64(5), np.uint8(5)])
def test_one_number_is_one_hidden_layer(Estimator, hidden):
    """As in MLPClassifier, and as searches over integers draw it; parameters keep what was given."""
    estimator = clone(make(Estimator, hidden_layer_sizes=hidden)).fit(X)
    assert estimator.hidden_layer_sizes is hidden
    expected = make(Estimator, hidden_layer_sizes=(5,)).fit(X)
    np.testing.assert_array_equal(estimator.transform(X), expected.transform(X))


@both
@pytest.mark.parametrize("fraction", [0.01, 0.99])
def test_validation_fraction(Estimator, fraction):
    held_out = round(30 * fraction)
    message = rf"validation_fraction={fraction} of 30 rows holds out {held_out}; early_stopping needs .*early_stopping=False"
    with pytest.raises(ValueError, match=message):
        make(Estimator, early_stopping=True, validation_fraction=fraction).fit(X)
    make(Estimator, validation_fraction=fraction).fit(X)


@pytest.mark.parametrize("corruption", ["masking", "salt_and_pepper"])
def test_level_of_a_fraction(corruption):
    message = f"corruption_level=1.5 is the fraction of values that corruption='{corruption}' replaces; it must be at most 1"
    with pytest.raises(ValueError, match=message):
        make(DenoisingAutoencoder, corruption=corruption, corruption_level=1.5).fit(X)
    make(DenoisingAutoencoder, corruption=corruption, corruption_level=1).fit(X)


def test_level_of_gaussian_noise_has_no_upper_bound():
    make(DenoisingAutoencoder, corruption="gaussian", corruption_level=1.5).fit(X)


@both
@pytest.mark.parametrize(
    "changed",
    [{"n_components": 5}, {"hidden_layer_sizes": (5,)}, {"tied_weights": False}, {"solver": "sgd"}],
    ids=lambda changed: next(iter(changed)),
)
def test_continuing_as_another_autoencoder(Estimator, changed):
    estimator = make(Estimator, warm_start=True).fit(X).set_params(**changed)
    (name, value) = next(iter(changed.items()))
    for method in (estimator.fit, estimator.partial_fit):
        with pytest.raises(
            ValueError,
            match=r"must be those of the fit that is continued.*warm_start=False, or .*clone",
        ) as raised:
            method(X)
        assert f"{name}={value!r}" in str(raised.value)
    assert estimator.set_params(warm_start=False).fit(X).transform(X).shape == (
        30,
        estimator.n_components,
    )


@both
def test_partial_fit_with_early_stopping(Estimator):
    with pytest.raises(
        ValueError,
        match="early_stopping=True needs several epochs; set early_stopping=False to use partial_fit",
    ):
        make(Estimator, early_stopping=True).partial_fit(X)


def invalid_values(Estimator):
    """A wrong value or more for every parameter."""
    below_one = (0, -1, 1.5, "a", None)
    wrong = {
        "n_components": below_one,
        "hidden_layer_sizes": (0, 2.5, True, "a", None),
        "activation": ("sigmoid", None),
        "code_activation": ("sigmoid", 1),
        "loss": ("mse", None),
        "tied_weights": (None, 2),
        "solver": ("lbfgs", None),
        "learning_rate": ("adaptive", None),
        "learning_rate_init": (0, -1, "scale", None),
        "momentum": (-0.1, 1, "a"),
        "nesterovs_momentum": (None, 2),
        "batch_size": (0, 1.5, "all", None),
        "max_iter": below_one,
        "tol": (-1, "a", None),
        "n_iter_no_change": (0, 1.5, "a"),
        "early_stopping": (None, 2),
        "validation_fraction": (0, 1, "a", None),
        "weight_decay": (-1, "a", None),
        "shuffle": (None, 2),
        "warm_start": (None, 2),
        "random_state": ("a", 1.5),
        "device": ("gpu", 0),
        "verbose": (-1, "a"),
        "alpha": (-0.1, np.nan, "auto", None),
        "penalty": ("l2", None, 1),
        "corruption": ("dropout", None),
        "corruption_level": (-0.1, np.nan, "a", None),
    }
    return [(name, value) for name in Estimator().get_params() for value in wrong[name]]


@both
def test_invalid_parameters_are_named_with_their_values(Estimator):
    for name, value in invalid_values(Estimator):
        estimator = make(Estimator, **{name: value})
        for method in (estimator.fit, estimator.partial_fit):
            with pytest.raises(
                ValueError,
                match=f"The '{name}' parameter of {Estimator.__name__} must be .* Got {value!r} instead",
            ):
                method(X)
