"""Every estimator works inside every meta-estimator of scikit-learn that can hold it."""

import inspect
import pickle
from functools import partial

import numpy as np
import pytest
from estimators import short_fits
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_digits
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFE, RFECV, SelectFromModel, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RANSACRegressor, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils import all_estimators

from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits

DIGITS, y = load_digits(n_class=3, return_X_y=True)
X = DIGITS[:60, np.argsort(DIGITS.var(axis=0))[-5:]] / 16
y = y[:60]
TARGETS = {
    "classes": y,
    "two classes": y == 0,
    "few labels": np.where(np.arange(60) % 3 == 0, y, -1),
    "several classes": np.c_[y == 0, y == 1].astype(int),
    "number": y + 0.5,
    "several numbers": np.c_[y, -y] + 0.5,
}
SMALL = {"activation": "tanh", "max_iter": 20, "random_state": 0}
ESTIMATORS = {
    "contractive": partial(ContractiveAutoencoder, 6, **SMALL),
    "denoising": partial(DenoisingAutoencoder, 6, **SMALL),
    "cross-validated": partial(ContractiveAutoencoderCV, 6, alphas=[0, 0.1], cv=2, **SMALL),
    "joint search": lambda: JointGridSearchCV(
        ContractiveAutoencoder(6, **SMALL), {"alpha": [0, 0.1]}, cv=2
    ),
}


def importance(pipeline):
    """Of each feature: the size of its weights in the first layer."""
    encoder = getattr(pipeline[0], "best_estimator_", pipeline[0])
    return np.abs(encoder.coefs_[0]).sum(axis=1)


TRANSFORMERS = {
    Pipeline: lambda t: make_pipeline(MinMaxScaler(), t),
    ColumnTransformer: lambda t: ColumnTransformer([("a", t, slice(0, 3)), ("b", t, [3, 4])]),
    FeatureUnion: lambda t: FeatureUnion([("a", t), ("b", clone(t))]),
    FrozenEstimator: lambda t: FrozenEstimator(t.fit(X)),
}
PENALTY = {"logisticregression__C": [0.1, 1]}
CLASSIFIERS = {
    GridSearchCV: (partial(GridSearchCV, param_grid=PENALTY, cv=2), "classes"),
    RandomizedSearchCV: (
        partial(RandomizedSearchCV, param_distributions=PENALTY, n_iter=2, cv=2, random_state=0),
        "classes",
    ),
    HalvingGridSearchCV: (
        partial(HalvingGridSearchCV, param_grid=PENALTY, cv=2, random_state=0),
        "classes",
    ),
    HalvingRandomSearchCV: (
        partial(
            HalvingRandomSearchCV, param_distributions=PENALTY, n_candidates=2, cv=2, random_state=0
        ),
        "classes",
    ),
    CalibratedClassifierCV: (partial(CalibratedClassifierCV, cv=2), "classes"),
    BaggingClassifier: (partial(BaggingClassifier, n_estimators=2, random_state=0), "classes"),
    StackingClassifier: (lambda c: StackingClassifier([("a", c)], cv=2), "classes"),
    VotingClassifier: (lambda c: VotingClassifier([("a", c), ("b", c)], voting="soft"), "classes"),
    OneVsRestClassifier: (OneVsRestClassifier, "classes"),
    OneVsOneClassifier: (OneVsOneClassifier, "classes"),
    OutputCodeClassifier: (partial(OutputCodeClassifier, code_size=3, random_state=0), "classes"),
    SelfTrainingClassifier: (SelfTrainingClassifier, "few labels"),
    FixedThresholdClassifier: (partial(FixedThresholdClassifier, threshold=0.4), "two classes"),
    TunedThresholdClassifierCV: (partial(TunedThresholdClassifierCV, cv=2), "two classes"),
    ClassifierChain: (ClassifierChain, "several classes"),
    MultiOutputClassifier: (MultiOutputClassifier, "several classes"),
    RFE: (partial(RFE, importance_getter=importance, n_features_to_select=4), "classes"),
    RFECV: (partial(RFECV, importance_getter=importance, step=2, cv=2), "classes"),
    SelectFromModel: (partial(SelectFromModel, importance_getter=importance), "classes"),
    SequentialFeatureSelector: (
        partial(SequentialFeatureSelector, n_features_to_select=1, cv=2),
        "classes",
    ),
}
REGRESSORS = {
    BaggingRegressor: (partial(BaggingRegressor, n_estimators=2, random_state=0), "number"),
    StackingRegressor: (lambda r: StackingRegressor([("a", r)], cv=2), "number"),
    VotingRegressor: (lambda r: VotingRegressor([("a", r), ("b", r)]), "number"),
    RANSACRegressor: (partial(RANSACRegressor, min_samples=40, random_state=0), "number"),
    TransformedTargetRegressor: (
        partial(TransformedTargetRegressor, func=np.log, inverse_func=np.exp),
        "number",
    ),
    MultiOutputRegressor: (MultiOutputRegressor, "several numbers"),
    RegressorChain: (RegressorChain, "several numbers"),
}
WITHOUT = {"AdaBoostClassifier", "AdaBoostRegressor"}
"""They weight rows, and a Pipeline takes no weights without the name of a step."""


def cases(table):
    return pytest.mark.parametrize("Meta", table, ids=lambda Meta: Meta.__name__)


every_estimator = pytest.mark.parametrize("make", ESTIMATORS.values(), ids=ESTIMATORS)


def output(meta):
    return getattr(meta, "predict", meta.transform if hasattr(meta, "transform") else None)(X)


def fitted(meta, target):
    """The meta-estimator, fitted; a clone and a file of it give the same."""
    same = clone(meta).fit(X, target)
    meta.fit(X, target)
    np.testing.assert_array_equal(output(same), output(meta))
    np.testing.assert_array_equal(output(pickle.loads(pickle.dumps(meta))), output(meta))
    return meta


@every_estimator
@cases(TRANSFORMERS)
def test_transformers(Meta, make):
    codes = fitted(TRANSFORMERS[Meta](make()), y).transform(X)
    assert codes.shape == (60, 12 if Meta in (ColumnTransformer, FeatureUnion) else 6)
    assert np.ptp(codes, axis=0).min() > 0


@every_estimator
@cases(CLASSIFIERS)
def test_classifiers_and_selectors(Meta, make):
    build, kind = CLASSIFIERS[Meta]
    meta = fitted(build(make_pipeline(make(), LogisticRegression())), TARGETS[kind])
    if hasattr(meta, "get_support"):
        assert 0 < meta.get_support().sum() < 5 or Meta is RFECV
    else:
        target = y if kind == "few labels" else TARGETS[kind]
        assert (meta.predict(X) == target).mean() > 0.5


@every_estimator
@cases(REGRESSORS)
def test_regressors(Meta, make):
    build, kind = REGRESSORS[Meta]
    meta = fitted(build(make_pipeline(make(), Ridge())), TARGETS[kind])
    assert meta.score(X, TARGETS[kind]) > 0.3


def test_no_meta_estimator_is_left_out():
    """Of those that the installed scikit-learn has."""
    holds = {"estimator", "estimators", "regressor", "steps", "transformers", "transformer_list"}
    found = {
        name for name, kind in all_estimators() if holds & set(inspect.signature(kind).parameters)
    }
    tested = {Meta.__name__ for Meta in {**TRANSFORMERS, **CLASSIFIERS, **REGRESSORS}}
    assert found <= tested | WITHOUT
