"""What the defaults promise: good fits untuned, quiet if well, loud if not."""

import re
import warnings

import numpy as np
import pytest
import torch
from estimators import collapsing, saturating
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    make_classification,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from skcae import ContractiveAutoencoder, DenoisingAutoencoder
from skcae._defaults import learning_rate
from skcae.core.activations import ACTIVATIONS
from skcae.core.losses import LOSSES
from skcae.core.model import Architecture, encode
from skcae.core.monitor import Epoch, Monitor, Schedule, Status
from skcae.core.objective import AutoencoderObjective
from skcae.core.protocol import Baseline
from skcae.core.solvers import Adam
from skcae.model_selection import alpha_grid

PIXELS = load_digits().data
DIGITS = PIXELS / 16
QUIET = {"n_iter_no_change": None, "random_state": 0}


def unexplained(autoencoder, X):
    """The fraction of the variance of X that its reconstruction misses."""
    return -autoencoder.score(X) / X.var(0).sum()


# The learning rate


@pytest.mark.parametrize("n_rows", [10, 200, 1000])
@pytest.mark.parametrize(
    "autoencoder",
    [
        kind(hidden_layer_sizes=hidden, random_state=0, **corruption)
        for kind, corruption in (
            (ContractiveAutoencoder, {}),
            (DenoisingAutoencoder, {"corruption": "gaussian", "corruption_level": 0.1}),
        )
        for hidden in ((), (64,))
    ],
)
def test_ten_passes_of_partial_fit_leave_a_tenth_of_the_variance(autoencoder, n_rows):
    passing = clone(autoencoder)
    for seed in range(10):
        stream = DIGITS[np.random.RandomState(seed).permutation(len(DIGITS))]
        for start in range(0, len(DIGITS), n_rows):
            passing.partial_fit(stream[start : start + n_rows])
    assert unexplained(passing, DIGITS) < 0.1


def test_single_rows_are_a_stream_too():
    cae = ContractiveAutoencoder(16, random_state=0)
    for row in DIGITS[:600]:
        cae.partial_fit(row[None])
    assert unexplained(cae, DIGITS) < 0.5


@pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])
def test_a_constant_rate_ends_near_where_a_cosine_does(Estimator):
    constant, cosine = (
        Estimator(32, learning_rate=rate, max_iter=60, random_state=0, n_iter_no_change=patience)
        for rate, patience in (("constant", 10), ("cosine", None))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        constant.fit(DIGITS)
    assert unexplained(constant, DIGITS) < 1.25 * unexplained(cosine.fit(DIGITS), DIGITS)


@pytest.mark.parametrize("activation", ["relu", "softplus"])
def test_deep_units_without_an_upper_end_live(activation):
    X = scale(make_classification(800, 50, n_informative=30, n_redundant=10, random_state=42)[0])
    deep = {"hidden_layer_sizes": (64, 32), "activation": activation, "max_iter": 50, **QUIET}
    automatic = ContractiveAutoencoder(10, alpha=0, **deep).fit(X)
    by_hand = ContractiveAutoencoder(10, alpha=0, learning_rate_init=0.01, **deep).fit(X)
    assert (np.ptp(automatic.transform(X), axis=0) > 0).all()
    assert unexplained(automatic, X) < 1.05 * unexplained(by_hand, X)


@pytest.mark.parametrize(
    ("n_features", "factor"), [(4, 1.0), (16, 1.0), (24, 1.5), (32, 2.0), (64, 2.0)]
)
def test_the_rate_of_deep_relu_falls_with_the_number_of_features(n_features, factor):
    """Up to 16 features it is that of tanh."""
    tanh, relu = (
        learning_rate(
            AutoencoderObjective(Architecture((n_features, 32, 8), name)), "cosine", 50, 200, 2000
        )
        for name in ("tanh", "relu")
    )
    assert tanh / relu == pytest.approx(factor)


UNBOUNDED = [name for name, activation in ACTIVATIONS.items() if not activation.bounded]


@pytest.mark.parametrize(("load", "hidden"), [(load_breast_cancer, ()), (load_wine, (32,))])
@pytest.mark.parametrize("activation", UNBOUNDED)
def test_units_without_bounds_need_no_scaled_rows(activation, load, hidden):
    X = load().data
    unscaled = ContractiveAutoencoder(activation=activation, hidden_layer_sizes=hidden, **QUIET)
    assert unexplained(unscaled.fit(X), X) < 0.05


@pytest.mark.parametrize("activation", ["logistic", "softplus", "tanh", "relu"])
@pytest.mark.parametrize(
    "autoencoder",
    [
        ContractiveAutoencoder(32, alpha=0, **QUIET),
        DenoisingAutoencoder(32, corruption="gaussian", corruption_level=1e-3, **QUIET),
    ],
)
def test_rows_that_differ_too_little_warn_if_they_are_lost(autoencoder, activation):
    tiny = clone(autoencoder).set_params(activation=activation)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tiny.fit(DIGITS / 100)
    said = [str(one.message) for one in caught]
    if float(ACTIVATIONS[activation].forward(torch.zeros(1))) == 0:
        assert not said
        assert unexplained(tiny, DIGITS / 100) < 0.1
    else:
        assert any("The rows are 0.022 from their mean" in one for one in said)


def test_rows_that_differ_by_little_are_quiet_if_they_are_reconstructed():
    X = 0.3 + 0.03 * np.random.RandomState(0).standard_normal((1000, 1))
    cae = ContractiveAutoencoder(8, alpha=0, **QUIET)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert unexplained(cae.fit(X), X) < 0.01


def test_rows_may_be_lost_in_a_hidden_layer():
    deep = {"hidden_layer_sizes": (32,), "code_activation": "identity"}
    with pytest.warns(UserWarning, match="which is little beside units that are 0.5 at 0"):
        ContractiveAutoencoder(32, alpha=0, **deep, **QUIET).fit(DIGITS / 100)


@pytest.mark.parametrize("activation", UNBOUNDED)
def test_units_without_bounds_start_around_zero(activation):
    """At the mean row."""
    X = load_breast_cancer().data
    still = {"learning_rate_init": 1e-300, "max_iter": 1, "shuffle": False, **QUIET}
    cae = ContractiveAutoencoder(4, activation=activation, batch_size=len(X), **still).fit(X)
    at_the_mean = X.mean(0) @ cae.coefs_[0] + cae.intercepts_[0]
    np.testing.assert_allclose(at_the_mean, 0, atol=1e-9)
    np.testing.assert_allclose(cae.intercepts_[-1], X.mean(0))


@pytest.mark.parametrize(
    ("load", "activation", "hidden", "rate", "factor"),
    [
        (load_wine, "softplus", (32,), 0.08, 1.2),
        (load_wine, "tanh", (32, 32), 0.04, 1.2),
        (load_diabetes, "softplus", (32, 32), 0.16, 1.4),  # few features
        (load_breast_cancer, "softplus", (32, 32), 0.02, 1.2),  # more of them
    ],
)
def test_deep_encoders_go_as_far_as_at_a_rate_by_hand(load, activation, hidden, rate, factor):
    X = scale(load().data)
    n = min(13, X.shape[1])
    deep = {"hidden_layer_sizes": hidden, "activation": activation, **QUIET}
    automatic, by_hand = (
        ContractiveAutoencoder(n, learning_rate_init=chosen, **deep).fit(X).loss_curve_[-1]
        for chosen in ("auto", rate)
    )
    assert automatic < factor * by_hand


@pytest.mark.parametrize(("hidden", "lower"), [((), True), ((32,), False)])
def test_only_long_fits_of_one_layer_start_lower(hidden, lower):
    def rate(max_iter):
        cae = ContractiveAutoencoder(8, hidden_layer_sizes=hidden, max_iter=max_iter)
        return cae._training(DIGITS, None).schedule.learning_rate

    assert (rate(400) < rate(40)) == lower


# The start


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_initial_codes_depend_on_the_row_at_any_depth(activation, depth):
    architecture = Architecture((40, *[40] * depth), activation)
    generator = torch.Generator().manual_seed(0)
    layers = architecture.layers(architecture.initialise(generator, torch.float64))
    x = torch.randn(200, 40, generator=generator, dtype=torch.float64)
    code = encode(layers, x)
    assert code.std(0).mean() > 0.1


def test_three_logistic_layers_train():
    X = scale(load_wine().data)
    deep = ContractiveAutoencoder(10, hidden_layer_sizes=(64, 32), **QUIET).fit(X)
    assert unexplained(deep, X) < 0.2


@collapsing
@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_the_mean_of_the_rows_need_not_be_learned(offset):
    X = scale(load_wine().data) + offset
    start = ContractiveAutoencoder(
        1, batch_size=len(X), max_iter=1, learning_rate_init=1e-12, **QUIET
    ).fit(X)
    np.testing.assert_allclose(start.intercept_visible_, X.mean(0), rtol=1e-9, atol=1e-9)


@saturating
def test_raw_pixels_are_reconstructed_nearly_as_well_as_scaled_ones():
    raw, scaled = (
        unexplained(ContractiveAutoencoder(8, max_iter=100, **QUIET).fit(X), X)
        for X in (PIXELS, DIGITS)
    )
    assert 1 - raw > 0.7 * (1 - scaled)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_inverse_link_leads_back_and_the_loss_is_affine_in_the_row(loss):
    loss = LOSSES[loss]
    rows = torch.rand(9, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mean = rows.mean(0)
    output = loss.inverse_link(mean)
    torch.testing.assert_close(loss.link(output), mean)
    at_zero, at_output = (
        loss.value(torch.zeros_like(z) + z, rows).mean() - loss.value(z, mean)
        for z in (torch.zeros_like(mean), output)
    )
    torch.testing.assert_close(at_zero, at_output)


# Warnings


@pytest.mark.parametrize(
    "load", [load_iris, load_wine, load_breast_cancer, load_diabetes, load_digits]
)
def test_a_default_fit_on_standardised_rows_is_quiet(load):
    ContractiveAutoencoder(random_state=0).fit(scale(load().data))


@pytest.mark.parametrize("seed", [0, 4, 7])
@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_diabetes])
@pytest.mark.filterwarnings("error")
def test_the_noise_of_corruption_never_passes_for_unfinished(load, seed):
    DenoisingAutoencoder(random_state=seed).fit(scale(load().data))


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_diabetes])
def test_a_denoising_fit_that_has_hardly_begun_is_to_be_longer(load):
    X = scale(load().data)
    with pytest.warns(ConvergenceWarning, match="max_iter=5 epochs: the second.*Increase max_iter"):
        short = DenoisingAutoencoder(max_iter=5, random_state=0).fit(X)
    longer = DenoisingAutoencoder(max_iter=50, **QUIET).fit(X)
    assert longer.loss_curve_[-1] < 0.95 * short.loss_curve_[-1]


def test_an_end_that_rose_is_said_to_have_gained_nothing():
    dae = DenoisingAutoencoder(max_iter=4, corruption_level=0.5, random_state=1)
    with pytest.warns(ConvergenceWarning, match=r"the last tenth by 0\.0%"):
        dae.fit(scale(load_wine().data))
    assert dae.loss_curve_[-1] > dae.loss_curve_[-2]


def status_after(totals, of_the_mean, rate):
    schedule = Schedule(Adam(), 0.1, rate, max_iter=len(totals))
    monitor = Monitor(schedule, 1, Baseline(zero=10.0, mean=of_the_mean))
    for number, total in enumerate(totals, 1):
        monitor.record(Epoch(number, total, {"reconstruction": total}))
    return monitor.status


@pytest.mark.parametrize(
    ("totals", "of_the_mean", "cosine", "constant"),
    [
        ([10.0, 8.0, 6.0, 4.0], 10, False, False),
        ([10.0, 5.8, 5.2, 5.0], 10, True, False),  # a tenth of the objective
        ([10.0, 5.0, 5.0, 4.9], 10, True, True),
        ([10.0, 6.5, 5.0, 4.9], 20, True, False),  # more than a fifth, and a twentieth
        ([10.0, 6.5, 5.0, 4.7], 20, False, False),  # far more than a twentieth
        ([*[10.0] * 200, *[8.1] * 199, 4.0], 10, True, False),  # one low epoch
        ([*[8.1] * 199, 12.0, *[8.1] * 200], 10, True, True),  # one high epoch
        ([1.0, 0.4, 0.2, 0.1], 10, True, False),  # a thirtieth of the variance
        ([1.0, 0.1, 0.05, 0.01], 10, True, True),
        ([10.0], 10, False, False),
        ([1.0, 0.1, 1e-9, 0.0], np.inf, True, True),  # rows that are all alike
    ],
)
def test_a_fit_is_settled_if_its_second_half_gained_little(totals, of_the_mean, cosine, constant):
    for rate, settled in (("cosine", cosine), ("constant", constant)):
        status = status_after(totals, of_the_mean, rate)
        assert status is (Status.CONVERGED if settled else Status.MAX_ITER)


@pytest.mark.parametrize(
    ("rate", "remedy"),
    [("cosine", "Increase max_iter."), ("constant", "or change learning_rate_init.")],
)
def test_a_fit_that_a_user_would_want_longer_says_what_it_still_gained(rate, remedy):
    cae = ContractiveAutoencoder(16, max_iter=4, learning_rate=rate, random_state=0)
    with pytest.warns(ConvergenceWarning) as caught:
        cae.fit(scale(load_wine().data))
    (message,) = (str(one.message) for one in caught)
    curve = cae.loss_curve_
    half, tenth = (100 * (1 - curve[-1] / before) for before in (curve[1], curve[2]))
    assert message.startswith(
        "ContractiveAutoencoder: Not converged after max_iter=4 epochs: the second half of them "
        f"lowered the objective by {half:.1f}%, the last tenth by {tenth:.1f}%."
    )
    assert message.endswith(remedy)


@collapsing
def test_a_fit_worse_than_the_mean_never_passes_for_converged():
    cae = ContractiveAutoencoder(learning_rate="constant", learning_rate_init=1.0, random_state=0)
    with pytest.warns(ConvergenceWarning, match="no better than by their mean.*Scale X"):
        cae.fit(DIGITS)
    assert unexplained(cae, DIGITS) > 1


def test_a_short_fit_that_has_learned_nothing_is_to_be_longer_first():
    """After the default number of epochs it has learned."""
    parameters = {"n_components": 8, "hidden_layer_sizes": (32, 32), "random_state": 0}
    remedy = r"by their mean: .* Increase max_iter, which is only 30\. If that .*, scale X, "
    with pytest.warns(ConvergenceWarning, match=remedy):
        ContractiveAutoencoder(max_iter=30, **parameters).fit(DIGITS[:300])
    longer = ContractiveAutoencoder(**parameters).fit(DIGITS[:300])
    assert unexplained(longer, DIGITS[:300]) < 0.9


def collapse(fit, **parameters):
    """What is said of a code that contraction keeps from varying at all."""
    cae = ContractiveAutoencoder(2, alpha=1e10, activation="tanh", random_state=0, **parameters)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(cae, fit)(DIGITS[:80])
    (message,) = (str(one.message) for one in caught if "has collapsed" in str(one.message))
    return message


CONSTANT = {"learning_rate": "constant", "learning_rate_init": 0.05, "batch_size": 1}


@pytest.mark.parametrize(
    ("parameters", "short"),
    [
        ({"max_iter": 59}, True),
        ({"max_iter": 60}, False),
        ({"max_iter": 20, "batch_size": 1}, False),  # 1600 steps
        ({"max_iter": 59, "tol": 0.9, **CONSTANT}, False),  # ends before max_iter
    ],
)
def test_a_code_that_has_collapsed_early_wants_more_epochs(parameters, short):
    few = f"Increase max_iter, which is only {parameters['max_iter']}. If that does not help, s"
    remedy = f"{few if short else 'S'}cale X, for instance with StandardScaler, or lower alpha"
    assert f" {remedy}" in collapse("fit", **parameters)


def test_a_denoising_autoencoder_is_told_of_its_own_parameter():
    dae = DenoisingAutoencoder(2, max_iter=3, learning_rate_init=1e-9, random_state=0)
    with pytest.warns(UserWarning, match="lower corruption_level or learning_rate_init"):
        dae.fit(DIGITS[:100] * 1e-9)


def test_a_pass_of_partial_fit_has_no_max_iter_to_increase():
    assert "max_iter" not in collapse("partial_fit", **CONSTANT)


@pytest.mark.parametrize("parameters", [{"hidden_layer_sizes": (32, 32)}, {"alpha": 30.0}])
def test_a_fit_that_is_the_mean_never_passes_for_converged(parameters):
    """Its codes still differ a little: they have not collapsed."""
    cae = ContractiveAutoencoder(8, max_iter=30, random_state=0, **parameters)
    with pytest.warns(ConvergenceWarning, match="no better than by their mean"):
        cae.fit(DIGITS[:300])
    assert unexplained(cae, DIGITS[:300]) > 0.999


@pytest.mark.parametrize("max_iter", [1, 2, 5])
@pytest.mark.filterwarnings("error")
def test_a_loss_of_zero_leaves_nothing_to_say(max_iter):
    cae = ContractiveAutoencoder(2, alpha=0, activation="identity", max_iter=max_iter)
    assert cae.fit(np.zeros((30, 3))).loss_curve_ == [0.0] * max_iter


def test_of_one_epoch_no_gain_is_told():
    with pytest.warns(ConvergenceWarning) as caught:
        ContractiveAutoencoder(2, max_iter=1, random_state=0).fit(DIGITS)
    (message,) = (str(one.message) for one in caught if "max_iter" in str(one.message))
    assert "max_iter=1 epochs: what another would gain is not known" in message


@pytest.mark.parametrize("X", [np.zeros((30, 3)), np.full((30, 3), 7.5)])
def test_rows_that_are_all_alike_leave_nothing_to_say(X):
    ContractiveAutoencoder(2, max_iter=20, random_state=0).fit(X)


def saturations(X, **parameters):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ContractiveAutoencoder(random_state=0, max_iter=60, **parameters).fit(X)
    return [one for one in caught if "has saturated" in str(one.message)]


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
@pytest.mark.parametrize("X", [load_breast_cancer().data, PIXELS])
def test_a_code_that_saturates_for_want_of_scaling_is_warned_about(X, activation):
    (warning,) = saturations(X, activation=activation)
    assert re.search(r"9\d%|100%", str(warning.message))


@pytest.mark.parametrize("alpha", [0, 1, 10])
@pytest.mark.parametrize("X", [DIGITS[:500], scale(load_breast_cancer().data)])
@pytest.mark.parametrize("n_components", [1, 16])
def test_a_code_that_saturates_by_contraction_is_not(X, alpha, n_components):
    assert not saturations(X, alpha=alpha, n_components=n_components)


# The grid of alphas


def test_the_grid_of_alphas_follows_the_scale_of_the_rows_and_the_size():
    cae = ContractiveAutoencoder(32)
    grid = alpha_grid(cae, DIGITS, n_alphas=5)
    middle = DIGITS.var(0).sum() / (64 / 16 * 2 * 32 / (64 + 32))
    np.testing.assert_allclose(grid, np.geomspace(0.03 * middle, 3 * middle, 5), rtol=0.005)
    np.testing.assert_allclose(alpha_grid(cae, 3 * DIGITS + 1, n_alphas=5), 9 * grid, rtol=0.01)
    assert not hasattr(cae, "n_features_in_")
    half = np.repeat([0.0, 2.0], [900, 897])
    np.testing.assert_array_equal(
        alpha_grid(cae, DIGITS, sample_weight=half), alpha_grid(cae, DIGITS[900:])
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((PIXELS, DIGITS), TypeError, "must be an autoencoder of skcae"),
        ((ContractiveAutoencoder(), np.ones((9, 2))), ValueError, "rows are all equal.*or list"),
        ((ContractiveAutoencoder(activation="x"), DIGITS), ValueError, "'activation' parameter"),
        ((ContractiveAutoencoder(loss="cross_entropy"), PIXELS), ValueError, "Scale X first"),
    ],
)
def test_what_has_no_grid_of_alphas(arguments, error, message):
    with pytest.raises(error, match=message):
        alpha_grid(*arguments)


@pytest.mark.parametrize("n_alphas", [1, 451, 2.0, True])
def test_the_number_of_alphas_has_bounds(n_alphas):
    with pytest.raises(ValueError, match=f"n_alphas={n_alphas!r} must be an integer from 2 to 450"):
        alpha_grid(ContractiveAutoencoder(), DIGITS, n_alphas=n_alphas)
