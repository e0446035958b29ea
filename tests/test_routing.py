"""Metadata: groups and weights reach the splitter and the scorer, in scikit-learn's way."""

import inspect
import pickle
from functools import partial

import numpy as np
import pytest
import sklearn
from estimators import any_fit
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    PredefinedSplit,
    ShuffleSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import TRUSTED_TYPES, ContractiveAutoencoder, ContractiveAutoencoderCV
from skcae.metrics import RoutedScorer, denoising_score, linear_probe_score, mean_contraction

pytestmark = any_fit
X = np.random.RandomState(0).uniform(size=(60, 5))
y = (X[:, 0] > 0.5).astype(int)
GROUPS = np.arange(60) // 7
WEIGHT = np.random.RandomState(1).choice([0.0, 1.0, 2.0], size=60)
KEPT = np.flatnonzero(WEIGHT)
COMMON = {"n_components": 3, "max_iter": 3, "batch_size": 20, "random_state": 0}
ALPHAS = [0, 1]


def choosing(**params):
    return ContractiveAutoencoderCV(alphas=ALPHAS, **COMMON | params)


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def assert_same_scores(one, other, rtol=1e-9):
    for split in range(one.n_splits_):
        name = f"split{split}_test_score"
        assert_allclose(one.cv_results_[name], other.cv_results_[name], rtol=rtol)
    assert one.n_splits_ == other.n_splits_


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("splitter", [GroupKFold(3), GroupShuffleSplit(3, random_state=0)])
def test_groups_reach_the_splitter(splitter):
    chosen = choosing(cv=splitter).fit(X, groups=GROUPS)
    listed = choosing(cv=list(splitter.split(X, groups=GROUPS))).fit(X)
    assert_same_scores(chosen, listed)
    pipe = make_pipeline(MinMaxScaler((0, 1)), choosing(cv=splitter)).fit(X, groups=GROUPS)
    scaled = MinMaxScaler().fit_transform(X)
    assert_same_scores(pipe[-1], choosing(cv=splitter).fit(scaled, groups=GROUPS))
    search = GridSearchCV(choosing(cv=splitter), {"n_components": [3]}, cv=KFold(2))
    search.fit(X, groups=GROUPS)
    assert_same_scores(search.best_estimator_, chosen)


REMEDY = r"cv=list\(splitter\.split\(X, y, groups\)\)"


@pytest.mark.parametrize("enabled", [True, False])
def test_a_splitter_by_groups_without_groups_names_the_remedy(enabled):
    with (
        sklearn.config_context(enable_metadata_routing=enabled),
        pytest.raises(
            ValueError, match=rf"cv=GroupKFold.* splits by groups, and fit was given none.*{REMEDY}"
        ),
    ):
        choosing(cv=GroupKFold(3)).fit(X)


def test_metadata_without_routing_is_an_error():
    with pytest.raises(
        ValueError, match=rf"^groups cannot reach .* routing is not enabled.*set_config.*{REMEDY}"
    ):
        choosing(cv=GroupKFold(3)).fit(X, groups=GROUPS)


@pytest.mark.usefixtures("routing")
def test_metadata_that_nobody_requests_is_an_error():
    with pytest.raises(TypeError, match="colour"):
        choosing(cv=GroupKFold(3)).fit(X, groups=GROUPS, colour=GROUPS)


SPLITTERS = {
    "folds": KFold(3),
    "shuffled": ShuffleSplit(2, random_state=0),
    "number": 2,
    "default": None,
}


@pytest.mark.parametrize("cv", SPLITTERS.values(), ids=SPLITTERS)
def test_rows_without_weight_are_left_out_of_the_splits(cv):
    zeros = choosing(cv=cv).fit(X, y, sample_weight=WEIGHT)
    without = choosing(cv=cv).fit(X[KEPT], y[KEPT], sample_weight=WEIGHT[KEPT])
    assert_same_scores(zeros, without)


@pytest.mark.usefixtures("routing")
def test_groups_of_rows_without_weight_are_left_out():
    zeros = choosing(cv=GroupKFold(3)).fit(X, sample_weight=WEIGHT, groups=GROUPS)
    without = choosing(cv=GroupKFold(3)).fit(
        X[KEPT], sample_weight=WEIGHT[KEPT], groups=GROUPS[KEPT]
    )
    assert_same_scores(zeros, without)


@pytest.mark.parametrize("as_masks", [True, False])
def test_splits_that_are_given_count_all_rows(as_masks):
    folds = list(KFold(3).split(X))
    masks = [tuple(np.isin(np.arange(60), part) for part in fold) for fold in folds]
    given = choosing(cv=masks if as_masks else folds).fit(X, sample_weight=WEIGHT)
    number = np.concatenate([[fold] * len(test) for fold, (_, test) in enumerate(folds)])
    predefined = choosing(cv=PredefinedSplit(number)).fit(X, sample_weight=WEIGHT)
    assert_same_scores(given, predefined)
    kept = [tuple(part[WEIGHT[part] > 0] for part in fold) for fold in folds]
    assert_same_scores(given, choosing(cv=kept).fit(X, sample_weight=WEIGHT))


def scores_of(scoring, **given):
    return choosing(cv=KFold(2), scoring=scoring).fit(X, y, **given).cv_results_["mean_test_score"]


@pytest.mark.usefixtures("routing")
def test_what_reaches_a_scorer():
    ones = np.ones(60)
    weighted = scores_of(None, sample_weight=WEIGHT)
    assert_allclose(scores_of(denoising_score, sample_weight=WEIGHT), weighted)
    asking = RoutedScorer(denoising_score, sample_weight=True)
    assert_allclose(scores_of(asking, sample_weight=WEIGHT), weighted)
    asking = RoutedScorer(denoising_score, sample_weight="of_score")
    assert_array_equal(scores_of(asking), scores_of(None))
    assert_allclose(scores_of(asking, of_score=ones), scores_of(None))
    assert abs(scores_of(asking, of_score=1 + WEIGHT) - scores_of(None)).max() > 1e-6
    declining = RoutedScorer(denoising_score, sample_weight=False)
    assert abs(scores_of(declining, sample_weight=1 + WEIGHT) - weighted).max() > 1e-6
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        scores_of(RoutedScorer(denoising_score, sample_weight=None), sample_weight=WEIGHT)


def test_without_routing_a_scorer_has_weights_if_it_takes_them():
    asking = RoutedScorer(denoising_score, sample_weight=True)
    assert_allclose(scores_of(asking, sample_weight=WEIGHT), scores_of(None, sample_weight=WEIGHT))
    probe = RoutedScorer(partial(linear_probe_score, cv=2))
    assert_allclose(scores_of(probe, sample_weight=1 + WEIGHT).shape, (2,))


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("several", [False, True])
def test_searches_score_with_weights(several):
    score = partial(denoising_score, noise=0.5)
    scorer = RoutedScorer(score, sample_weight=True)
    scoring = {"a": scorer, "b": RoutedScorer(mean_contraction, sample_weight=True)}
    autoencoder = ContractiveAutoencoder(**COMMON).set_fit_request(sample_weight=True)
    search = GridSearchCV(
        autoencoder, {"alpha": ALPHAS}, cv=2, scoring=scoring if several else scorer, refit=False
    ).fit(X, sample_weight=WEIGHT)
    train, test = np.arange(30, 60), np.arange(30)
    alone = ContractiveAutoencoder(alpha=1, **COMMON).fit(X[train], sample_weight=WEIGHT[train])
    assert_allclose(
        search.cv_results_[f"split0_test_{'a' if several else 'score'}"][1],
        score(alone, X[test], sample_weight=WEIGHT[test]),
    )


def test_a_routed_scorer_is_its_function_in_every_other_respect():
    scorer = RoutedScorer(denoising_score, sample_weight=True)
    fitted = ContractiveAutoencoder(**COMMON).fit(X)
    assert scorer(fitted, X) == denoising_score(fitted, X)
    assert inspect.signature(scorer) == inspect.signature(denoising_score)
    assert "score" in inspect.signature(RoutedScorer).parameters
    assert "sample_weight=True" in repr(scorer)
    copy = pickle.loads(pickle.dumps(scorer))
    assert copy(fitted, X, sample_weight=WEIGHT) == scorer(fitted, X, sample_weight=WEIGHT)


def test_skops_loads_a_routed_scorer():
    io = pytest.importorskip("skops.io")
    content = io.dumps(choosing(scoring=RoutedScorer(denoising_score, sample_weight=True)))
    copy = io.loads(content, trusted=TRUSTED_TYPES)
    assert copy.scoring.requests == {"sample_weight": True}
