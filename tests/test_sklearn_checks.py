"""scikit-learn's own checks: those it runs on third parties, and those it keeps for itself."""

import pytest
from estimators import any_fit, unnamed
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    FinetunedClassifier,
)

pytestmark = [*any_fit, unnamed]

ESTIMATORS = [ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder]
QUICK = {ContractiveAutoencoderCV: {"alphas": 2, "cv": 3, "max_iter": 10, "batch_size": 200}}
"""All rows in a batch, or weights would not be the same as repetitions."""
TANGENTS = {"n_tangents": 1, "tangent_strength": 0.1, "tangent_rows": "all"}
SMALL = ContractiveAutoencoder(3, max_iter=5)
CLASSIFIERS = [
    FinetunedClassifier(max_iter=5),
    FinetunedClassifier(SMALL, max_iter=5, **TANGENTS),
    FinetunedClassifier(SMALL, fine_tune=False),
]
# A name that the installed version does not have is left out: they come and go between
# versions.
OWN_CHECKS = [
    check
    for name in (
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_set_output_transform_polars",
        "check_global_output_transform_pandas",
        "check_global_set_output_transform_polars",
        "check_param_validation",
        "check_dataframe_column_names_consistency",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
        "check_get_feature_names_out_error",
        "check_inplace_ensure_writeable",
        "check_estimators_partial_fit_n_features",
    )
    if (check := getattr(estimator_checks, name, None))
]


@pytest.fixture(autouse=True)
def _array_api(monkeypatch):
    """The checks of array API inputs read this when they run, and skip themselves without it."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning:sklearn")
@parametrize_with_checks(
    [*(Estimator(**QUICK.get(Estimator, {})) for Estimator in ESTIMATORS), *CLASSIFIERS]
)
def test_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("check", OWN_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_checks_that_scikit_learn_keeps_for_itself(Estimator, check):
    check(
        Estimator.__name__, Estimator(n_components=3, **QUICK.get(Estimator, {}) | {"max_iter": 2})
    )


@pytest.mark.parametrize("check", OWN_CHECKS, ids=lambda check: check.__name__)
def test_checks_that_scikit_learn_keeps_for_itself_on_the_classifier(check):
    check("FinetunedClassifier", FinetunedClassifier(SMALL, max_iter=2))


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_cross_entropy_is_tagged_positive_and_refuses_negative_values(Estimator):
    estimator = Estimator(loss="cross_entropy")
    assert estimator.__sklearn_tags__().input_tags.positive_only
    estimator_checks.check_fit_non_negative(Estimator.__name__, estimator)
