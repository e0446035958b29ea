"""The autoencoder is found in whatever holds one, and X reaches it as in a prediction."""

import random
from itertools import product

import numpy as np
import pandas as pd
import pytest
from estimators import short_fits
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RANSACRegressor, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_score,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder
from skcae._holders import carry, find_autoencoder
from skcae.inspection import contraction
from skcae.metrics import denoising_score, linear_probe_score, mean_contraction
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits

X = np.random.RandomState(0).uniform(size=(40, 5)) * np.arange(1, 6)
y = (X.sum(1) > np.median(X.sum(1))).astype(int)


class Spy(ContractiveAutoencoder):
    """Remembers the last rows that any of them encoded."""

    seen = []

    def transform(self, X):
        self.seen[:] = [self, X]
        return super().transform(X)


def spied():
    cae = Spy(3, max_iter=2, n_iter_no_change=None, random_state=0)
    return make_pipeline(MaxAbsScaler(), cae, LogisticRegression())


class Sampler(BaseEstimator):
    """Drops every other row of a fit, as samplers of imbalanced-learn change rows."""

    def fit_resample(self, X, y):
        return X[::2], y[::2]


class SamplingPipeline(ClassifierMixin, BaseEstimator):
    """A Pipeline that knows samplers and is none of scikit-learn's."""

    def __init__(self, steps):
        self.steps = steps

    def fit(self, X, y):
        for _, step in self.steps[:-1]:
            if hasattr(step, "fit_resample"):
                X, y = step.fit_resample(X, y)
            else:
                X = step.fit(X, y).transform(X)
        self.classes_ = self.steps[-1][1].fit(X, y).classes_
        return self

    def predict_proba(self, X):
        for _, step in self.steps[:-1]:
            X = X if hasattr(step, "fit_resample") else step.transform(X)
        return self.steps[-1][1].predict_proba(X)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(1)]


HOLDERS = {
    "pipeline": lambda inner: make_pipeline(StandardScaler(), inner),
    "passthrough": lambda inner: Pipeline(
        [("a", None), ("b", MinMaxScaler()), ("c", "passthrough"), ("d", inner)]
    ),
    "sampling": lambda inner: SamplingPipeline(
        [("a", StandardScaler()), ("b", Sampler()), ("c", MinMaxScaler()), ("d", inner)]
    ),
    "grid": lambda inner: GridSearchCV(inner, {}, cv=2),
    "random": lambda inner: RandomizedSearchCV(inner, {}, n_iter=1, cv=2),
    "halving": lambda inner: HalvingGridSearchCV(inner, {}, cv=2),
    "joint": lambda inner: JointGridSearchCV(inner, {}, cv=2),
    # in a Pipeline, as searches set parameters and FrozenEstimator.set_params returns None
    "frozen": lambda inner: make_pipeline(FrozenEstimator(clone(inner).fit(X, y))),
    "threshold": lambda inner: FixedThresholdClassifier(inner),
    "tuned": lambda inner: TunedThresholdClassifierCV(inner, cv=2),
    "self_training": lambda inner: SelfTrainingClassifier(inner),
}
NESTINGS = [
    *[(name,) for name in HOLDERS],
    *random.Random(0).sample(list(product(HOLDERS, repeat=2)), 10),
    *random.Random(1).sample(list(product(HOLDERS, repeat=3)), 16),
]


@pytest.mark.filterwarnings("ignore:y contains no unlabeled samples:UserWarning:sklearn")
@pytest.mark.parametrize("names", NESTINGS, ids="-".join)
def test_every_nesting_carries_rows_as_a_prediction_does(names):
    holder = spied()
    for name in reversed(names):
        holder = HOLDERS[name](holder)
    holder.fit(X, y)
    autoencoder, rows = carry(holder, X)
    holder.predict(X)
    encoder, encoded = Spy.seen
    assert autoencoder is encoder
    assert_allclose(rows, encoded)
    assert_allclose(contraction(holder, X), contraction(encoder, encoded))
    assert_allclose(mean_contraction(holder, X), mean_contraction(encoder, encoded))
    assert_allclose(denoising_score(holder, X), denoising_score(encoder, encoded))


def quick(kind=ContractiveAutoencoder, **params):
    return kind(3, max_iter=2, n_iter_no_change=None, random_state=0, **params)


TRANSFORMERS = {
    "scaled": make_pipeline(StandardScaler(), quick()),
    "reduced": make_pipeline(PCA(4), quick(DenoisingAutoencoder)),
    "chosen": make_pipeline(MinMaxScaler(), quick(ContractiveAutoencoderCV, alphas=[0, 1], cv=2)),
    "searched": make_pipeline(
        StandardScaler(), GridSearchCV(quick(), {"alpha": [0, 1]}, scoring=denoising_score, cv=2)
    ),
    "searched_jointly": JointGridSearchCV(
        make_pipeline(StandardScaler(), quick()),
        {"contractiveautoencoder__alpha": [0, 1]},
        scoring=denoising_score,
        cv=2,
    ),
    "behind_a_search": make_pipeline(GridSearchCV(PCA(), {"n_components": [2, 4]}), quick()),
    "behind_a_pipeline": make_pipeline(make_pipeline(StandardScaler(), PCA(4)), quick()),
    "behind_a_union": make_pipeline(FeatureUnion([("a", PCA(2)), ("b", MinMaxScaler())]), quick()),
    "behind_a_frozen_scaler": make_pipeline(FrozenEstimator(StandardScaler().fit(X)), quick()),
    "frozen": FrozenEstimator(make_pipeline(PCA(4), quick()).fit(X)),
    "frozen_twice": FrozenEstimator(FrozenEstimator(quick().fit(X))),
}


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_codes_of_the_carried_rows_are_those_of_the_holder(name):
    holder = clone(TRANSFORMERS[name]).fit(X, y)
    autoencoder, rows = carry(holder, X)
    assert_allclose(autoencoder.transform(rows), holder.transform(X))


@pytest.mark.parametrize(
    "meta",
    [
        lambda pipe: TransformedTargetRegressor(pipe),
        lambda pipe: RANSACRegressor(pipe, min_samples=20),
    ],
    ids=["regressor_", "estimator_"],
)
def test_regressors(meta):
    holder = meta(make_pipeline(StandardScaler(), quick(), Ridge())).fit(X, X[:, 0])
    autoencoder, rows = carry(holder, X)
    pipe = getattr(holder, "regressor_", None) or holder.estimator_
    assert autoencoder is pipe[1]
    assert_allclose(rows, pipe[0].transform(X))


def test_an_autoencoder_holds_itself():
    cae = quick().fit(X)
    autoencoder, steps = find_autoencoder(cae)
    assert (autoencoder, steps) == (cae, [])
    assert carry(cae, X)[1] is X


def test_the_first_of_several_is_found():
    stack = make_pipeline(StandardScaler(), quick(), make_pipeline(quick(), quick())).fit(X)
    assert find_autoencoder(stack)[0] is stack[1]


@pytest.mark.filterwarnings("error::UserWarning")
def test_frames_keep_their_names_on_the_way():
    frame = pd.DataFrame(X, columns=list("abcde"))
    pipe = make_pipeline(StandardScaler(), make_pipeline(MinMaxScaler(), quick(tol=1)))
    pipe.set_output(transform="pandas").fit(frame)
    assert list(carry(pipe, frame)[1].columns) == list("abcde")
    assert_allclose(denoising_score(pipe, frame), denoising_score(pipe, frame.iloc[::-1]))


def test_a_step_that_resamples_and_transforms_is_applied():
    class Both(Sampler):
        def transform(self, X):
            return X + 1

    pipe = SamplingPipeline([("a", Both()), ("b", quick().fit(X))])
    assert_allclose(carry(pipe, X)[1], X + 1)


def test_the_autoencoder_of_a_sampler_is_not_the_one_of_the_pipeline():
    sampler, cae = Sampler(), quick().fit(X)
    sampler.estimator_ = quick().fit(X)
    assert find_autoencoder(SamplingPipeline([("a", sampler), ("b", cae)]))[0] is cae


@pytest.mark.parametrize("kind", [GridSearchCV, JointGridSearchCV])
def test_nested_cross_validation(kind):
    search = kind(quick(), {"alpha": [0, 1]}, cv=2, scoring=denoising_score)
    assert np.isfinite(cross_val_score(search, X, cv=2, scoring=denoising_score)).all()


def fitted_pipe():
    return make_pipeline(StandardScaler(), quick(), LogisticRegression()).fit(X, y)


SCORES = [
    denoising_score,
    mean_contraction,
    linear_probe_score,
    lambda estimator, X, y: contraction(estimator, X),
]


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.__name__)
@pytest.mark.parametrize(
    "estimator",
    [
        lambda: 1.0,
        lambda: None,
        lambda: X,
        lambda: ContractiveAutoencoder,
        lambda: PCA(2),
        lambda: make_pipeline(StandardScaler(), PCA(2)).fit(X),
        lambda: FeatureUnion([("a", quick()), ("b", PCA(2))]).fit(X),
        lambda: ColumnTransformer([("a", quick(), [0, 1, 2, 3, 4])]).fit(X),
        lambda: VotingClassifier([("a", fitted_pipe())]).fit(X, y),
        lambda: BaggingClassifier(fitted_pipe(), n_estimators=2).fit(X, y),
        lambda: FrozenEstimator(BaggingClassifier(fitted_pipe(), n_estimators=2).fit(X, y)),
        lambda: RFE(fitted_pipe(), importance_getter=lambda pipe: pipe[0].mean_).fit(X, y),
        lambda: GridSearchCV(PCA(), {"n_components": [1, 2]}).fit(X),
        lambda: GridSearchCV(quick(), {"alpha": [0, 1]}, refit=False).fit(X),
    ],
)
def test_where_there_is_none_the_error_says_what_is_searched(score, estimator):
    holder = estimator()
    with pytest.raises(
        TypeError,
        match=f"estimator, of type {type(holder).__name__}, holds no autoencoder of skcae. Pass a "
        "fitted .* FeatureUnions, ensembles and feature selectors are not searched: pass their auto",
    ):
        score(holder, X, y)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.__name__)
@pytest.mark.parametrize(
    ("name", "estimator"),
    [
        ("ContractiveAutoencoder", lambda: quick()),
        ("ContractiveAutoencoder", lambda: make_pipeline(StandardScaler(), quick())),
        ("ContractiveAutoencoder", lambda: FrozenEstimator(quick())),
        ("StandardScaler", lambda: make_pipeline(StandardScaler(), quick().fit(X))),
        ("GridSearchCV", lambda: GridSearchCV(quick(), {"alpha": [0, 1]})),
        ("GridSearchCV", lambda: GridSearchCV(FrozenEstimator(quick().fit(X)), {})),
        ("GridSearchCV", lambda: FrozenEstimator(GridSearchCV(quick().fit(X), {}))),
        (
            "JointGridSearchCV",
            lambda: make_pipeline(StandardScaler().fit(X), JointGridSearchCV(quick(), {})),
        ),
        ("FixedThresholdClassifier", lambda: FixedThresholdClassifier(spied())),
        ("TransformedTargetRegressor", lambda: TransformedTargetRegressor(fitted_pipe())),
    ],
)
def test_what_is_not_fitted_is_named(score, name, estimator):
    with pytest.raises(NotFittedError, match=f"This {name} instance is not fitted yet"):
        score(estimator(), X, y)


def test_a_step_without_transform_carries_nothing():
    pipe = SamplingPipeline([("a", LogisticRegression().fit(X, y)), ("b", quick().fit(X))])
    with pytest.raises(
        TypeError,
        match=r"LogisticRegression has no transform to carry X to the autoencoder behind it\. "
        r"Pass the autoencoder itself, with the rows as they reach it\.",
    ):
        contraction(pipe, X)
