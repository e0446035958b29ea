"""Training that diverges or collapses is mended, refused or warned about."""

import warnings

import numpy as np
import pytest
from estimators import FORWARD, X, both, collapsing, diverging, make, saturating, short_fits
from sklearn.exceptions import ConvergenceWarning

from skcae import ContractiveAutoencoder

pytestmark = short_fits


@both
def test_a_rate_that_is_too_high_is_cut_with_a_warning(Estimator):
    estimator = make(Estimator, learning_rate_init=1e3, activation="identity")
    with pytest.warns(
        ConvergenceWarning,
        match="diverged with learning_rate_init=1000; training went on .* StandardScaler",
    ):
        estimator.fit(X)
    assert np.isfinite(estimator.transform(X)).all()
    assert np.isfinite(estimator.loss_curve_).all()
    assert estimator.score(X) > -100 * (X**2).sum(1).mean()


@both
def test_hopeless_divergence_names_the_lowest_rate_that_was_tried(Estimator):
    message = r"diverged with learning_rate_init=1e\+307, and with rates down to 1e\+301. Scale X.*StandardScaler.*lower"
    with pytest.raises(ValueError, match=message):
        make(Estimator, learning_rate_init=1e307).fit(X)


def test_a_solver_that_overflows_is_a_divergence():
    """Above about 1e154 Adam's squared gradients are infinite, and nothing would move."""
    with pytest.raises(
        ValueError, match="or set a lower learning_rate_init, alpha or weight_decay"
    ):
        make(ContractiveAutoencoder, alpha=1e300).fit(X)


@saturating
@collapsing
@diverging
@both
@pytest.mark.parametrize("scale", [1e6, 1e12])
def test_large_features_never_give_codes_that_are_not_finite(Estimator, scale):
    for activation in FORWARD:
        estimator = make(Estimator, activation=activation)
        try:
            estimator.fit(X * scale)
        except ValueError as error:
            assert "diverged" in str(error)  # noqa: PT017
            continue
        assert np.isfinite(estimator.transform(X * scale)).all()
        assert np.isfinite(estimator.loss_curve_).all()


@both
def test_easy_rows_first_are_no_divergence(Estimator):
    """The objective of the first batch says little about that of the others."""
    rows = np.vstack([np.zeros_like(X), X])
    params = {"alpha": 0} if Estimator is ContractiveAutoencoder else {}
    estimator = make(Estimator, activation="tanh", shuffle=False, max_iter=20, **params).fit(rows)
    assert estimator.loss_curve_[-1] < estimator.loss_curve_[0]


@both
def test_a_rare_outlier_is_no_divergence(Estimator):
    rows = np.tile(X, (5, 1))
    rows[7] = 100
    estimator = make(Estimator, learning_rate_init=0.01).fit(rows)
    assert np.isfinite(estimator.loss_curve_).all()


@both
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("change", ["rate", "scale", "weight_decay"])
def test_no_failure_of_a_fit_is_silent(Estimator, change, loss):
    """Whatever the activation, it raises, it warns, or the code varies."""
    params = {
        "rate": {"learning_rate_init": 1e3},
        "scale": {},
        "weight_decay": {"weight_decay": 1e4},
    }[change]
    rows = X * 1e6 if change == "scale" and loss == "squared_error" else X
    for activation in FORWARD:
        estimator = make(Estimator, activation=activation, loss=loss, max_iter=20, **params)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                estimator.fit(rows)
            except ValueError as error:
                assert "Scale X" in str(error)  # noqa: PT017
                continue
        codes = estimator.transform(rows)
        collapsed = [
            warning for warning in caught if "The code has collapsed" in str(warning.message)
        ]
        assert np.isfinite(codes).all()
        spread = np.ptp(codes, axis=0).max() / max(1, np.abs(codes).max())
        # The warning looks at 64 of the rows, among which codes may differ less.
        assert spread < 1e-3 if collapsed else spread > 1e-4


COLLAPSED = {
    "enormous alpha": {"alpha": 1e10, "activation": "tanh"},
    "dead units": {"activation": "relu", "learning_rate_init": 1000, "learning_rate": "constant"},
    "saturated units": {"activation": "logistic", "learning_rate_init": 1000},
}


@diverging
@pytest.mark.parametrize("case", COLLAPSED)
def test_a_collapsed_code_is_warned_about_where_the_user_called(case):
    with pytest.warns(
        UserWarning,
        match="The code has collapsed: over the training rows no unit varies by more than",
    ) as caught:
        estimator = make(ContractiveAutoencoder, max_iter=30, **COLLAPSED[case]).fit(X)
    assert np.ptp(estimator.transform(X), axis=0).max() <= 1e-4
    assert {warning.filename for warning in caught} == {__file__}


@both
def test_a_code_that_follows_its_rows_has_not_collapsed(Estimator):
    """However small both are, and where the rows are equal."""
    for rows in (X, X * 1e-300, X[:1], np.repeat(X[:1], 20, axis=0)):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            warnings.simplefilter("ignore", ConvergenceWarning)
            make(Estimator, activation="identity", learning_rate_init=1e-9).fit(rows)
