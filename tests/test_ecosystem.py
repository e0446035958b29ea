"""The estimators among scikit-learn's tools, containers, serialisers and processes."""

import inspect
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from estimators import short_fits
from scipy import sparse
from scipy.special import expit
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_val_score
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils import estimator_html_repr

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, _bridge, _version
from skcae.core import streams
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits

DIGITS, y = load_digits(n_class=4, return_X_y=True)
X, y = DIGITS[:120, 16:40] / 16, y[:120]
both = pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])
STRENGTH = {ContractiveAutoencoder: "alpha", DenoisingAutoencoder: "corruption_level"}


def make(Estimator, **params):
    return Estimator(
        **{"n_components": 6, "max_iter": 4, "batch_size": 30, "random_state": 0, **params}
    )


def classifier(Estimator, **params):
    return make_pipeline(
        MinMaxScaler(), make(Estimator, **params), LogisticRegression(max_iter=500)
    )


def grid(Estimator, values=(0, 0.1, 0.9)):
    return {f"{Estimator.__name__.lower()}__{STRENGTH[Estimator]}": list(values)}


# Composition and search


@both
def test_pipeline_is_the_steps_one_after_another(Estimator):
    scaled = MinMaxScaler().fit_transform(X)
    codes = make(Estimator).fit(scaled).transform(scaled)
    np.testing.assert_array_equal(classifier(Estimator).fit(X, y)[:-1].transform(X), codes)
    np.testing.assert_array_equal(make(Estimator).fit_transform(scaled), codes)


@both
def test_pipeline_inverts(Estimator):
    pipe = make_pipeline(StandardScaler(), make(Estimator)).fit(X)
    R = pipe.inverse_transform(pipe.transform(X))
    assert R.shape == X.shape
    np.testing.assert_allclose(
        pipe[0].transform(R), pipe[1].inverse_transform(pipe.transform(X)), atol=1e-9
    )


@both
def test_column_transformer_and_feature_union(Estimator):
    left, right = (
        make(Estimator).fit(X[:, :10]).transform(X[:, :10]),
        make(Estimator).fit(X[:, 10:]).transform(X[:, 10:]),
    )
    columns = ColumnTransformer(
        [("left", make(Estimator), slice(0, 10)), ("right", make(Estimator), slice(10, 24))]
    )
    np.testing.assert_array_equal(columns.fit_transform(X), np.hstack([left, right]))
    names = columns.get_feature_names_out()
    assert (names[0], names[-1]) == (
        f"left__{Estimator.__name__.lower()}0",
        f"right__{Estimator.__name__.lower()}5",
    )
    union = FeatureUnion([("a", make(Estimator)), ("b", make(Estimator, n_components=3))]).fit(X)
    assert union.transform(X).shape == (120, 9)
    assert len(union.get_feature_names_out()) == 9


@both
def test_clone_and_set_params(Estimator):
    estimator = make(Estimator, hidden_layer_sizes=(9,)).fit(X)
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    assert not hasattr(copy, "coefs_")
    np.testing.assert_array_equal(copy.fit(X).transform(X), estimator.transform(X))
    changed = estimator.set_params(n_components=4, hidden_layer_sizes=()).fit(X)
    np.testing.assert_array_equal(
        changed.transform(X), make(Estimator, n_components=4).fit(X).transform(X)
    )


@both
def test_grid_search_scores_are_equal_in_series_processes_and_threads(Estimator):
    scores = []
    for n_jobs, backend in ((1, "loky"), (2, "threading"), (2, "loky")):
        with joblib.parallel_backend(backend, n_jobs=n_jobs):
            search = GridSearchCV(classifier(Estimator), grid(Estimator), cv=3, n_jobs=n_jobs).fit(
                X, y
            )
        scores.append([search.cv_results_[f"split{k}_test_score"] for k in range(3)])
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_array_equal(scores[0], scores[2])
    assert search.best_score_ > 0.6


@both
def test_halving_grid_search(Estimator):
    search = HalvingGridSearchCV(
        classifier(Estimator), grid(Estimator), cv=2, min_resources=40, random_state=0
    ).fit(X, y)
    assert search.best_params_[next(iter(grid(Estimator)))] in (0, 0.1, 0.9)
    by_epochs = HalvingGridSearchCV(
        make(Estimator),
        {STRENGTH[Estimator]: [0, 0.1, 0.9]},
        resource="max_iter",
        max_resources=6,
        min_resources=2,
        cv=2,
    ).fit(X)
    assert by_epochs.best_estimator_.max_iter in (2, 6)


@both
def test_cross_val_score_is_minus_the_held_out_loss(Estimator):
    scores = cross_val_score(make(Estimator), X, cv=[(np.arange(80), np.arange(80, 120))])
    assert scores == pytest.approx([make(Estimator).fit(X[:80]).score(X[80:])])


@both
def test_concurrent_transforms(Estimator):
    estimator = make(Estimator).fit(X)
    expected = estimator.transform(X)
    with ThreadPoolExecutor(4) as pool:
        for codes in pool.map(estimator.transform, [X] * 8):
            np.testing.assert_array_equal(codes, expected)


# Containers and dtypes


@both
@pytest.mark.parametrize(
    "container", [sparse.csr_matrix, sparse.csr_array, sparse.csc_array, sparse.coo_array]
)
def test_sparse_rows_give_what_dense_ones_give(Estimator, container):
    weight = np.arange(120) % 3
    dense, given = make(Estimator, early_stopping=True), make(Estimator, early_stopping=True)
    dense.fit(X, sample_weight=weight)
    given.fit(container(X), sample_weight=weight)
    for mine, theirs in zip(dense.coefs_, given.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(given.transform(container(X)), dense.transform(X))
    np.testing.assert_array_equal(given.score_samples(container(X)), dense.score_samples(X))


@both
def test_sparse_rows_are_never_densified_whole(Estimator, monkeypatch):
    counts = []
    toarray = sparse.csr_array.toarray

    def counting(self, *args, **kwargs):
        counts.append(self.shape[0])
        return toarray(self, *args, **kwargs)

    monkeypatch.setattr(sparse.csr_array, "toarray", counting)
    monkeypatch.setattr(sparse.csr_array, "todense", None)
    monkeypatch.setattr(_bridge, "CHUNK_ELEMENTS", 30 * 24)
    monkeypatch.setattr(streams, "BLOCK_ELEMENTS", 1)
    rows = sparse.csr_array(X)
    estimator = make(Estimator, early_stopping=True).fit(rows, sample_weight=np.arange(120) % 2)
    estimator.transform(rows)
    estimator.score(rows)
    assert 0 < max(counts) <= 30


@both
@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_frames_in_and_out(Estimator, kind):
    frames = pytest.importorskip(kind)
    names = [f"pixel {k}" for k in range(24)]
    frame = (
        pd.DataFrame(X, columns=names) if kind == "pandas" else frames.DataFrame(X, schema=names)
    )
    plain = make(Estimator).fit(X)
    estimator = make(Estimator).set_output(transform=kind).fit(frame)
    codes = estimator.transform(frame)
    assert type(codes) is frames.DataFrame
    expected_names = [f"{Estimator.__name__.lower()}{k}" for k in range(6)]
    assert list(codes.columns) == list(estimator.get_feature_names_out()) == expected_names
    assert list(estimator.feature_names_in_) == names
    expected = plain.transform(X)
    np.testing.assert_allclose(codes.to_numpy(), expected, rtol=1e-12)
    np.testing.assert_allclose(
        estimator.inverse_transform(codes), plain.inverse_transform(expected), rtol=1e-12
    )
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.transform(frame[names[::-1]])


@both
def test_index_of_a_frame_is_kept(Estimator):
    frame = pd.DataFrame(X, index=np.arange(120)[::-1], columns=[f"pixel {k}" for k in range(24)])
    codes = make(Estimator).set_output(transform="pandas").fit_transform(frame)
    assert codes.index.equals(frame.index)


@both
@pytest.mark.parametrize("dtype", [np.float16, np.int64, np.uint8, bool, ">f8", ">f4", object])
def test_other_dtypes_are_taken_as_float64(Estimator, dtype):
    rows = np.round(X * 3).astype(dtype) if dtype is not bool else X > 0.5
    converted, expected = make(Estimator).fit(rows), make(Estimator).fit(rows.astype(np.float64))
    assert converted.transform(rows).dtype == np.float64
    assert all(array.dtype == np.float64 for array in converted.coefs_ + converted.intercepts_)
    np.testing.assert_array_equal(
        converted.transform(rows), expected.transform(rows.astype(np.float64))
    )


@both
def test_float32_stays_float32(Estimator):
    rows = X.astype(np.float32)
    single, double = make(Estimator).fit(rows), make(Estimator).fit(X)
    assert all(array.dtype == np.float32 for array in single.coefs_ + single.intercepts_)
    codes = single.transform(rows)
    assert (
        codes.dtype
        == single.inverse_transform(codes).dtype
        == single.score_samples(rows).dtype
        == np.float32
    )
    assert single.transform(X).dtype == np.float32
    assert double.transform(rows).dtype == np.float64
    exact = expit(X @ single.coefs_[0].astype(np.float64) + single.intercepts_[0])
    np.testing.assert_allclose(codes, exact, atol=1e-6)


@both
@pytest.mark.parametrize(
    "layout",
    ["fortran", "reversed rows", "reversed columns", "every other", "read-only", "broadcast"],
)
def test_layouts_in_memory(Estimator, layout):
    rows = {
        "fortran": np.asfortranarray(X),
        "reversed rows": X[::-1].copy()[::-1],
        "reversed columns": X[:, ::-1].copy()[:, ::-1],
        "every other": np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)[::2, ::2],
        "read-only": X.copy(),
        "broadcast": np.broadcast_to(X[:1], (120, 24)),
    }[layout]
    rows.flags.writeable = False
    plain = np.ascontiguousarray(rows)
    before = plain.copy()
    estimator, expected = make(Estimator).fit(rows), make(Estimator).fit(plain)
    codes = expected.transform(plain)
    np.testing.assert_array_equal(estimator.transform(plain), codes)
    np.testing.assert_allclose(estimator.transform(rows), codes, rtol=1e-12)
    codes.flags.writeable = False
    np.testing.assert_allclose(
        estimator.inverse_transform(codes[::-1])[::-1],
        expected.inverse_transform(codes.copy()),
        rtol=1e-12,
    )
    np.testing.assert_array_equal(rows, before)


@both
def test_memory_mapped_rows_read_only(Estimator, tmp_path):
    np.save(tmp_path / "rows.npy", X)
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    estimator = make(Estimator, early_stopping=True).fit(rows)
    np.testing.assert_array_equal(
        estimator.transform(rows), make(Estimator, early_stopping=True).fit(X).transform(X)
    )


@both
def test_results_share_no_memory_with_the_estimator_or_its_input(Estimator):
    rows = X.copy()
    estimator = make(Estimator, activation="identity", n_components=24).fit(rows)
    expected = estimator.transform(rows)
    estimator.transform(rows)[:] = np.nan
    estimator.inverse_transform(expected.copy())[:] = np.nan
    rows[:] = np.nan
    np.testing.assert_array_equal(estimator.transform(X), expected)


# Serialisation


@both
@pytest.mark.parametrize("hidden", [(), (9,)])
def test_pickle_and_joblib(Estimator, hidden, tmp_path):
    estimator = make(Estimator, hidden_layer_sizes=hidden).fit(X)
    joblib.dump(estimator, tmp_path / "estimator.joblib")
    expected = pickle.loads(pickle.dumps(estimator)).partial_fit(X).transform(X)
    copies = [
        pickle.loads(pickle.dumps(estimator)),
        joblib.load(tmp_path / "estimator.joblib"),
        joblib.load(tmp_path / "estimator.joblib", mmap_mode="r"),
    ]
    for copy in copies:
        # A map of a file is aligned otherwise, which may change the last bit.
        np.testing.assert_allclose(copy.transform(X), estimator.transform(X), rtol=1e-12)
        np.testing.assert_allclose(copy.score_samples(X), estimator.score_samples(X), rtol=1e-12)
        np.testing.assert_allclose(copy.partial_fit(X).transform(X), expected, rtol=1e-9)
    assert isinstance(
        joblib.load(tmp_path / "estimator.joblib", mmap_mode="r").coefs_[0], np.memmap
    )


@both
def test_a_fit_survives_another_process(Estimator, tmp_path):
    estimator = make(Estimator).fit(X)
    joblib.dump((estimator, X), tmp_path / "estimator.joblib")
    program = "import sys, joblib; e, X = joblib.load(sys.argv[1]); print(repr(e.score(X)))"
    run = [sys.executable, "-c", program, str(tmp_path / "estimator.joblib")]
    printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert float(printed) == pytest.approx(estimator.score(X))


def test_importing_and_fitting_load_nothing_heavy():
    """In particular torch.optim would import torch._dynamo, which takes seconds in every worker process.

    What scikit-learn imports by itself in a fit, such as pandas or rich in some
    versions, is not counted.
    """
    program = (
        "import sys, numpy as np, torch, sklearn.decomposition\n"
        "X = np.random.RandomState(0).uniform(size=(30, 5))\n"
        "sklearn.decomposition.PCA(2).fit(X)\n"
        "before = set(sys.modules)\n"
        "import skcae\n"
        "for Estimator in (skcae.ContractiveAutoencoder, skcae.DenoisingAutoencoder):\n"
        "    for hidden in ((), (4,)):\n"
        "        e = Estimator(3, hidden_layer_sizes=hidden, max_iter=1, learning_rate_init=0.01).fit(X).partial_fit(X)\n"
        "        e.inverse_transform(e.transform(X)), e.score(X)\n"
        "heavy = ('torch._dynamo', 'torch._inductor', 'sympy', 'matplotlib', 'pandas', 'polars', 'skops', 'rich')\n"
        "print([name for name in heavy if name in set(sys.modules) - before])\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


# Metadata routing


@both
def test_sample_weight_is_routed_through_pipeline_and_search(Estimator):
    def unweighted_score(pipe, X, y=None):
        return pipe.score(X)

    weight = np.random.RandomState(0).uniform(0.1, 5, 120)
    train, test = np.arange(80), np.arange(80, 120)
    name = f"{Estimator.__name__.lower()}__{STRENGTH[Estimator]}"
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_pipeline(MinMaxScaler(), make(Estimator).set_fit_request(sample_weight=True))
        # A scorer of our own: before scikit-learn 1.7 the default one routes nothing to
        # the steps of a pipeline.
        search = GridSearchCV(pipe, {name: [0, 0.5]}, cv=[(train, test)], scoring=unweighted_score)
        routed = search.fit(X, sample_weight=weight).cv_results_["mean_test_score"]
        unrouted = search.fit(X).cv_results_["mean_test_score"]
    scaler = MinMaxScaler().fit(X[train])
    candidates = [make(Estimator, **{STRENGTH[Estimator]: value}) for value in (0, 0.5)]
    fits = [
        candidate.fit(scaler.transform(X[train]), sample_weight=weight[train])
        for candidate in candidates
    ]
    assert routed == pytest.approx([fit.score(scaler.transform(X[test])) for fit in fits])
    assert unrouted != pytest.approx(routed)


@both
def test_sample_weight_is_routed_to_the_score(Estimator):
    weight = np.random.RandomState(0).uniform(0.1, 5, 120)
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_pipeline(
            MinMaxScaler(), make(Estimator).set_score_request(sample_weight=True)
        ).fit(X)
        assert pipe.score(X, sample_weight=weight) == pytest.approx(
            np.average(pipe[1].score_samples(pipe[0].transform(X)), weights=weight)
        )


@both
def test_partial_fit_requests_sample_weight(Estimator):
    with sklearn.config_context(enable_metadata_routing=True):
        requests = (
            make(Estimator).set_partial_fit_request(sample_weight=True).get_metadata_routing()
        )
    assert requests.partial_fit.requests == {"sample_weight": True}


# Representation


@both
def test_html_representation_names_the_parameters(Estimator):
    estimator = make(Estimator, n_components=7)
    for html in (
        estimator_html_repr(estimator),
        estimator_html_repr(classifier(Estimator, n_components=7).fit(X, y)),
    ):
        assert Estimator.__name__ in html
        assert "n_components" in html
        assert "7" in html
    assert estimator._repr_html_()


@both
def test_html_representation_links_to_what_is_there_alone(Estimator):
    """The documentation has no address yet; one setting gives it one."""
    fitted = make(Estimator).fit(X)
    search = JointGridSearchCV(fitted, {})
    assert fitted._get_doc_link() == search._get_doc_link() == ""
    assert "href=" not in estimator_html_repr(fitted)


@both
def test_one_setting_turns_the_links_on(Estimator, monkeypatch):
    source = inspect.getsource(_version)
    version: dict = {}
    exec(source.replace('DOCUMENTATION = ""', 'DOCUMENTATION = "https://here.example/1"'), version)
    for owner in (Estimator, JointGridSearchCV):
        monkeypatch.setattr(owner, "_doc_link_template", version["PAGE"])
    fitted = make(Estimator).fit(X)
    page = f"https://here.example/1/api/skcae.{Estimator.__name__}.html"
    assert f'href="{page}"' in estimator_html_repr(fitted)
    search = JointGridSearchCV(fitted, {})
    assert search._get_doc_link().endswith("/api/skcae.model_selection.JointGridSearchCV.html")


@both
@pytest.mark.skipif(
    not hasattr(BaseEstimator, "_get_fitted_attr_html"),
    reason="scikit-learn before 1.9 shows parameters only",
)
@pytest.mark.parametrize("hidden", [(), (9,)])
def test_html_representation_shows_fitted_attributes(Estimator, hidden):
    html = estimator_html_repr(make(Estimator, hidden_layer_sizes=hidden).fit(X))
    for name in ("coefs_", "loss_curve_", "reconstruction_err_"):
        assert name in html
    assert ("intercept_hidden_" in html) == (hidden == ())


def test_text_representation_shows_what_differs_from_the_defaults():
    assert (
        repr(ContractiveAutoencoder(5, alpha=1.0))
        == "ContractiveAutoencoder(alpha=1.0, n_components=5)"
    )
    assert (
        repr(DenoisingAutoencoder(5, corruption="gaussian"))
        == "DenoisingAutoencoder(corruption='gaussian', n_components=5)"
    )
