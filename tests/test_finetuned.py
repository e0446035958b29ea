"""FinetunedClassifier: labels, the encoder, the head, fine-tuning, and what is refused."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from estimators import FORWARD, short_fits
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from skcae import (
    TRUSTED_TYPES,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    FinetunedClassifier,
    distributed,
    inspection,
)
from skcae._stack import SCALERS
from skcae.core.tangents import Tangents
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits

X, Y = load_digits(return_X_y=True)
X, Y = X[:240, 16:40] / 16, Y[:240]
X, Y = X[Y < 4], Y[Y < 4]
N = len(X)
FEW = np.where(np.arange(N) % 3 == 0, Y, -1)
LABELLED = FEW >= 0
QUICK = {"max_iter": 3, "n_iter_no_change": None, "random_state": 0}
CAE = ContractiveAutoencoder(8, **QUICK)
FITTED = CAE.fit(X)
FROZEN = FrozenEstimator(FITTED)
AE = ContractiveAutoencoder
STACK = make_pipeline(
    StandardScaler(),
    ContractiveAutoencoder(8, **QUICK),
    RobustScaler(),
    DenoisingAutoencoder(6, activation="tanh", hidden_layer_sizes=(7,), **QUICK),
    MaxAbsScaler(),
)


def make(encoder=FROZEN, **params):
    return FinetunedClassifier(encoder, **{"max_iter": 3, "random_state": 0, **params})


def assert_same(one, other):
    """Bit-identical classifiers."""
    np.testing.assert_array_equal(one.coef_, other.coef_, strict=True)
    np.testing.assert_array_equal(one.intercept_, other.intercept_, strict=True)
    np.testing.assert_array_equal(one.transform(X), other.transform(X), strict=True)


# Labels


@pytest.mark.parametrize(
    ("labels", "mark"),
    [
        (Y, -1),
        (Y.astype(np.int8), -1),
        (Y.astype(float), -1.0),
        (Y.astype(float), np.nan),
        (Y.astype(object), None),
        (Y.astype(object), pd.NA),
        (Y.astype(str), ""),
        (Y.astype(str).astype(object), ""),
        (Y.astype(str).astype(object), None),
        (Y.astype(str).astype(object), np.nan),
        (Y.astype(str).astype(object), -1),
    ],
    ids=[
        "int",
        "int8",
        "float",
        "float nan",
        "object None",
        "object NA",
        "string",
        "object string",
        "object string None",
        "object string nan",
        "object string -1",
    ],
)
@pytest.mark.parametrize("kind", [np.asarray, list, pd.Series])
def test_rows_without_a_label(labels, mark, kind):
    given = labels.copy()
    given[~LABELLED] = mark
    classifier = make().fit(X, kind(given))
    assert_same(classifier, make().fit(X, FEW))
    assert classifier.classes_.tolist() == sorted({*labels.tolist()})
    assert classifier.score(X, kind(given)) == make().fit(X, FEW).score(X, FEW)


def test_the_encoder_learns_from_all_rows_and_the_head_from_the_labelled():
    classifier = make(CAE, fine_tune=False).fit(X, FEW)
    np.testing.assert_array_equal(classifier.transform(X), FITTED.transform(X))
    head = LogisticRegression(max_iter=1000).fit(FITTED.transform(X)[LABELLED], Y[LABELLED])
    np.testing.assert_allclose(classifier.coef_, head.coef_, rtol=1e-10)
    np.testing.assert_allclose(classifier.predict_proba(X), head.predict_proba(FITTED.transform(X)))


def test_minus_one_and_one_alone_are_classes():
    y = np.where(Y % 2, 1, -1)
    with pytest.warns(UserWarning, match="-1 is taken as a class .* Use the labels 0 and 1"):
        classifier = make().fit(X, y)
    assert classifier.classes_.tolist() == [-1, 1]
    assert classifier.score(X, y) == np.mean(classifier.predict(X) == y)


def test_score_ignores_rows_without_a_label():
    classifier = make().fit(X, FEW)
    correct = classifier.predict(X)[LABELLED] == Y[LABELLED]
    assert classifier.score(X, FEW) == correct.mean()
    weight = np.random.RandomState(0).uniform(size=N)
    expected = np.average(correct, weights=weight[LABELLED])
    assert classifier.score(X, FEW, sample_weight=weight) == pytest.approx(expected)


def test_a_class_on_one_row_of_weight_two_equals_two_rows():
    only = np.flatnonzero(Y == 3)[0]
    y = np.where((Y == 3) & (np.arange(N) != only), -1, FEW)
    y[only] = 3
    with pytest.raises(ValueError, match="y has the class 3 on one row"):
        make().fit(X, y)
    twice = make(fine_tune=False).fit(X[[*range(N), only]], y[[*range(N), only]])
    weighted = make(fine_tune=False).fit(X, y, sample_weight=1 + (np.arange(N) == only))
    np.testing.assert_allclose(weighted.coef_, twice.coef_, rtol=1e-3, atol=1e-5)


def test_a_class_of_two_rows_stops_early():
    y = np.where((Y == 3) & (np.cumsum(Y == 3) > 2), -1, np.where(Y == 3, 3, FEW))
    classifier = make(early_stopping=True, validation_fraction=0.5).fit(X, y)
    assert classifier.classes_.tolist() == [0, 1, 2, 3]


# Weights


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1, 1: 2, 2: 3, 3: 0.5}])
def test_class_weight_is_that_of_logistic_regression(class_weight):
    weight = np.random.RandomState(0).uniform(size=N)
    y = np.where(Y == 1, np.where(np.arange(N) % 2, 1, -1), Y)
    classifier = make(fine_tune=False, class_weight=class_weight)
    classifier.fit(X, y, sample_weight=weight)
    head = LogisticRegression(class_weight=class_weight, max_iter=1000)
    known = y >= 0
    head.fit(FITTED.transform(X)[known], y[known], sample_weight=weight[known])
    np.testing.assert_allclose(
        classifier.predict_proba(X), head.predict_proba(FITTED.transform(X)), atol=1e-4
    )


@pytest.mark.parametrize(
    "given", [{}, {"dropout": 0.5}, {"tangent_rows": "labelled"}, {"tangent_rows": "all"}]
)
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_a_weight_of_two_is_the_row_given_twice(given, class_weight):
    if "tangent_rows" in given:
        given |= {"n_tangents": 2, "tangent_strength": 0.1}
    params = {"class_weight": class_weight, "batch_size": 1000, "max_iter": 20, **given}
    weight = np.random.RandomState(0).randint(0, 3, N)
    once = make(**params).fit(X, FEW, sample_weight=weight)
    repeated = make(**params).fit(np.repeat(X, weight, 0), np.repeat(FEW, weight))
    np.testing.assert_allclose(once.loss_curve_, repeated.loss_curve_, rtol=1e-3)
    np.testing.assert_allclose(once.predict_proba(X), repeated.predict_proba(X), atol=2e-3)


def test_a_row_without_weight_is_left_out_with_its_class():
    weight = Y != 3
    classifier = make().fit(X, FEW, sample_weight=weight)
    assert classifier.classes_.tolist() == [0, 1, 2]
    left_out = make().fit(X[weight], FEW[weight])
    np.testing.assert_allclose(classifier.predict_proba(X), left_out.predict_proba(X), rtol=1e-6)


def test_weights_reach_every_step_that_takes_them():
    weight = np.arange(N) % 4 > 0
    stack = make_pipeline(StandardScaler(), MinMaxScaler(), ContractiveAutoencoder(4, **QUICK))
    params = {"fine_tune": False, "memory": None}
    weighted = make(stack, **params).fit(X, FEW, sample_weight=weight)
    kept = make(stack, **params).fit(X[weight > 0], FEW[weight > 0])
    np.testing.assert_allclose(weighted.encoder_[0].mean_, kept.encoder_[0].mean_)
    assert weighted.encoder_[2].n_samples_seen_ == kept.encoder_[2].n_samples_seen_


# Fine-tuning


def test_the_head_starts_at_the_minimum():
    """The regularisation of the head in the objective is that of LogisticRegression."""
    C = 0.3
    frozen = make(fine_tune=False, C=C).fit(X, FEW)
    still = make(learning_rate_init=1e-30, max_iter=1, C=C).fit(X, FEW)
    proba = frozen.predict_proba(X)[LABELLED, Y[LABELLED]]
    n = LABELLED.sum()
    expected = -np.log(proba).mean() + (frozen.coef_**2).sum() / (2 * C * n)
    assert still.loss_curve_[0] == pytest.approx(expected, rel=1e-10)
    codes = FITTED.transform(X)[LABELLED]
    error = frozen.predict_proba(X)[LABELLED] - np.eye(4)[Y[LABELLED]]
    gradient = error.T @ codes / n + frozen.coef_ / (C * n)
    assert np.abs(gradient).max() < 1e-4


def test_objective_at_the_start_is_that_of_its_parts():
    """Written again with tangents from inspection and Jacobians that are formed."""
    params = {"n_tangents": 3, "tangent_draws": None, "tangent_strength": 0.5}
    params |= {"weight_decay": 0.1, "C": np.inf}
    for rows, index in (("labelled", LABELLED), ("all", np.full(N, True))):
        still = make(learning_rate_init=1e-30, max_iter=1, tangent_rows=rows, **params)
        still.fit(X, FEW)
        p = still.predict_proba(X[index])
        softmax = p[:, :, None] * (np.eye(4) - p[:, None, :])
        J = softmax @ still.coef_ @ inspection.jacobian(FITTED, X[index])
        moved = np.einsum("nof,nkf->nok", J, inspection.tangents(FITTED, X[index], 3))
        tangent = (moved**2).sum((1, 2)).mean()
        log_loss = -np.log(still.predict_proba(X)[LABELLED, Y[LABELLED]]).mean()
        assert still.tangent_curve_[0] == pytest.approx(tangent, rel=1e-8)
        assert still.log_loss_curve_[0] == pytest.approx(log_loss, rel=1e-8)
        expected = log_loss + 0.5 * tangent + 0.1 * (FITTED.components_**2).sum()
        assert still.loss_curve_[0] == pytest.approx(expected, rel=1e-8)


def test_fine_tuning_lowers_the_objective_and_moves_all_layers():
    classifier = make(STACK, max_iter=20).fit(X, FEW)
    assert classifier.loss_curve_[-1] < classifier.loss_curve_[0]
    frozen = make(STACK, fine_tune=False).fit(X, FEW)
    for place in (1, 3):
        layers = zip(classifier.encoder_[place].coefs_, frozen.encoder_[place].coefs_, strict=True)
        assert all((one != other).any() for one, other in layers)


def test_random_combinations_of_tangents_train_much_the_same():
    params = {"n_tangents": 3, "tangent_strength": 1.0, "max_iter": 30, "learning_rate_init": 0.01}
    loose, exact, drawn, again = (
        make(**params | changed).fit(X, FEW)
        for changed in (
            {"tangent_strength": 0.0},
            {"tangent_draws": None},
            {},
            {"tangent_draws": 1},
        )
    )
    assert np.array_equal(drawn.coef_, again.coef_)
    assert not np.array_equal(drawn.coef_, exact.coef_)
    assert drawn.loss_curve_[-1] < drawn.loss_curve_[0]
    scores = [one.decision_function(X) for one in (loose, exact, drawn)]
    assert np.abs(scores[2] - scores[1]).max() < np.abs(scores[0] - scores[1]).max()


def test_tangents_make_probabilities_change_less_along_them():
    loose, tight = (
        make(n_tangents=3, tangent_strength=strength, max_iter=30, learning_rate_init=0.01).fit(
            X, FEW
        )
        for strength in (0, 10)
    )
    assert tight.tangent_curve_[-1] < 0.7 * loose.tangent_curve_[-1]


def test_dropout_changes_the_rows_to_train_on_alone():
    params = {"early_stopping": True, "learning_rate_init": 1e-30, "max_iter": 2}
    without, dropped = (make(dropout=dropout, **params).fit(X, FEW) for dropout in (0.0, 0.5))
    assert dropped.validation_scores_ == without.validation_scores_
    losses = [*dropped.log_loss_curve_, *without.log_loss_curve_]
    assert len(set(losses)) == 3
    assert losses[:2] == make(dropout=0.5, **params).fit(X, FEW).log_loss_curve_


@pytest.mark.parametrize(
    "scalers", [*((kind,) for kind in SCALERS), (RobustScaler, MinMaxScaler)], ids=str
)
@pytest.mark.parametrize("place", [1, 2])
def test_scalers_between_and_behind_are_folded_exactly(scalers, place):
    """What fine-tuning starts from is what the encoder and the head say."""
    steps = [ContractiveAutoencoder(8, **QUICK), ContractiveAutoencoder(6, **QUICK)]
    stack = make_pipeline(*steps[:place], *(kind() for kind in scalers), *steps[place:])
    frozen = make(stack, fine_tune=False, C=np.inf).fit(X, FEW)
    still = make(stack, learning_rate_init=1e-30, max_iter=1, C=np.inf).fit(X, FEW)
    expected = -frozen.predict_log_proba(X)[LABELLED, Y[LABELLED]].mean()
    assert still.log_loss_curve_[0] == pytest.approx(expected, rel=1e-10)
    np.testing.assert_allclose(still.decision_function(X), frozen.decision_function(X))


def test_the_activation_of_the_code_is_that_of_the_last_layer_of_an_autoencoder():
    """In fine-tuning as in the codes that the head is fitted to."""
    params = {"hidden_layer_sizes": (7,), "activation": "tanh", "code_activation": "identity"}
    stack = make_pipeline(AE(8, **params, **QUICK), AE(6, **params, **QUICK))
    frozen = make(stack, fine_tune=False, C=np.inf).fit(X, FEW)
    still = make(stack, learning_rate_init=1e-30, max_iter=1, C=np.inf).fit(X, FEW)
    expected = -frozen.predict_log_proba(X)[LABELLED, Y[LABELLED]].mean()
    assert still.log_loss_curve_[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("activation", "code_activation"), [("tanh", "logistic"), ("logistic", None)]
)
def test_cross_entropy_on_logistic_codes(activation, code_activation):
    below = AE(5, activation=activation, code_activation=code_activation, **QUICK)
    stack = make_pipeline(below, AE(4, loss="cross_entropy", **QUICK))
    assert make(stack).fit(X, FEW).score(X, FEW) > 0


@pytest.mark.parametrize(
    ("activation", "between"),
    [("relu", [MaxAbsScaler()]), ("tanh", [StandardScaler(), MinMaxScaler()])],
)
@pytest.mark.parametrize("loss", ["cross_entropy", np.array(5 * ["cross_entropy"])])
def test_cross_entropy_behind_scalers_to_the_unit_interval(activation, between, loss):
    stack = make_pipeline(
        AE(5, activation=activation, **QUICK), *between, AE(4, loss=loss, **QUICK)
    )
    assert make(stack).fit(X, FEW).score(X, FEW) > 0


def test_predictions_are_those_of_the_formula():
    classifier = make(n_tangents=2, tangent_strength=0.01).fit(X, FEW)
    (coef, _), (intercept, _) = classifier.encoder_.coefs_, classifier.encoder_.intercepts_
    codes = FORWARD["logistic"](X @ coef + intercept)
    np.testing.assert_allclose(classifier.transform(X), codes)
    scores = codes @ classifier.coef_.T + classifier.intercept_
    np.testing.assert_allclose(classifier.decision_function(X), scores)
    proba = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    np.testing.assert_allclose(classifier.predict_proba(X), proba)
    np.testing.assert_allclose(classifier.predict_log_proba(X), np.log(proba))
    np.testing.assert_array_equal(classifier.predict(X), classifier.classes_[scores.argmax(1)])


def test_two_classes_have_one_output():
    y = np.where(LABELLED, np.where(Y % 2, "odd", "even"), "")
    classifier = make(n_tangents=2, tangent_strength=0.01).fit(X, y)
    scores = classifier.decision_function(X)
    assert classifier.coef_.shape == (1, 8)
    assert scores.shape == (N,)
    np.testing.assert_allclose(classifier.predict_proba(X)[:, 1], FORWARD["logistic"](scores))
    assert classifier.classes_.tolist() == ["even", "odd"]


def test_early_stopping_keeps_the_best_epoch():
    classifier = make(early_stopping=True, validation_fraction=0.3, max_iter=15, C=100)
    classifier.set_params(learning_rate_init=0.1).fit(X, FEW)
    assert classifier.best_validation_score_ == max(classifier.validation_scores_)
    assert len(classifier.validation_scores_) == classifier.n_iter_ == 15
    plain = make().fit(X, FEW)
    assert classifier.n_samples_seen_ < plain.n_samples_seen_ * 5
    assert not hasattr(
        classifier.set_params(early_stopping=False).fit(X, FEW), "validation_scores_"
    )


# The encoder


def test_no_encoder_is_a_contractive_autoencoder():
    given = make(ContractiveAutoencoder(), fine_tune=False).fit(X, FEW)
    assert_same(make(None, fine_tune=False).fit(X, FEW), given)


def test_a_frozen_encoder_is_not_fitted_and_not_changed():
    before = pickle.dumps(FITTED)
    classifier = make(FROZEN).fit(X[:60], FEW[:60])
    assert pickle.dumps(FITTED) == before
    assert (classifier.encoder_.coefs_[0] != FITTED.coefs_[0]).any()
    assert classifier.encoder_.estimator.n_samples_seen_ == FITTED.n_samples_seen_


@pytest.mark.parametrize(
    "encoder",
    [
        STACK,
        make_pipeline(PCA(10), make_pipeline("passthrough", ContractiveAutoencoder(5, **QUICK))),
        make_pipeline(FrozenEstimator(StandardScaler().fit(X)), FROZEN),
        FrozenEstimator(clone(STACK).fit(X)),
        ContractiveAutoencoderCV(4, alphas=[0, 1], cv=2, max_iter=3),
        DenoisingAutoencoder(4, tied_weights=False, **QUICK),
    ],
    ids=["stack", "nested", "steps frozen", "stack frozen", "CV", "untied"],
)
def test_encoders(encoder):
    classifier = make(encoder, n_tangents=2, tangent_strength=0.01).fit(X, FEW)
    assert classifier.transform(X).shape == (N, classifier.coef_.shape[1])
    assert inspection.contraction(classifier, X).shape == (N,)
    assert inspection.tangents(classifier, X, 2).shape[:2] == (N, 2)
    fitted = clone(encoder).fit(X, None) if not isinstance(encoder, FrozenEstimator) else encoder
    if encoder is not STACK:  # its unseeded steps have the seed of the classifier
        return
    np.testing.assert_allclose(
        make(encoder, fine_tune=False).fit(X, FEW).transform(X), fitted.transform(X)
    )


def test_a_tied_decoder_follows_the_encoder():
    tied = make(CAE).fit(X, FEW).encoder_
    np.testing.assert_array_equal(tied.coefs_[1], tied.coefs_[0].T)
    untied = ContractiveAutoencoder(8, tied_weights=False, **QUICK)
    before = clone(untied).fit(X)
    after = make(untied).fit(X, FEW).encoder_
    np.testing.assert_array_equal(after.coefs_[1], before.coefs_[1])
    assert after.partial_fit(X).n_iter_ == before.n_iter_ + 1


def test_memory_computes_tangents_once(tmp_path, monkeypatch):
    """And those of other rows, or of another number, again."""
    calls, computed = [], Tangents.__call__
    monkeypatch.setattr(
        Tangents, "__call__", lambda self, x: calls.append(self.k) or computed(self, x)
    )
    params = {"memory": str(tmp_path), "tangent_rows": "all", "n_tangents": 3}
    other = [{}, {"tangent_strength": 0.1}, {"C": 10}, {"n_tangents": 2}]
    for changed in (*other, {"tangent_rows": "labelled"}):
        make(CAE, **params | changed).fit(X, FEW)
    assert calls == [3, 2, 3]
    again = make(CAE, **params, tangent_strength=0.1).fit(X, FEW)
    assert calls == [3, 2, 3]
    without = make(CAE, **params | {"memory": None}, tangent_strength=0.1).fit(X, FEW)
    assert np.array_equal(again.coef_, without.coef_)


def test_memory_fits_the_encoder_once(tmp_path, capsys):
    loud = clone(CAE).set_params(verbose=1)
    classifiers = [make(loud, memory=str(tmp_path), C=C).fit(X, FEW) for C in (1, 10, 1)]
    assert capsys.readouterr().out.count("Iteration 1,") == 1
    assert_same(classifiers[0], classifiers[2])
    assert_same(classifiers[0], make(loud).fit(X, FEW))


# Promises that it shares with the autoencoders


def test_the_same_seed_is_the_same_fit():
    params = {"n_tangents": 2, "tangent_strength": 0.1, "batch_size": 10, "early_stopping": True}
    one, other = (make(ContractiveAutoencoder(4, max_iter=3), **params).fit(X, FEW) for _ in "ab")
    assert_same(one, other)
    third = make(ContractiveAutoencoder(4, max_iter=3), **params, **{"max_iter": 3})
    assert (third.set_params(random_state=1).fit(X, FEW).coef_ != one.coef_).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_that_of_the_rows(dtype):
    classifier = make(CAE, n_tangents=2, tangent_strength=0.1).fit(X.astype(dtype), FEW)
    of_rows = [
        classifier.transform(X),
        classifier.decision_function(X),
        classifier.predict_proba(X),
    ]
    arrays = [classifier.coef_, classifier.intercept_, *classifier.encoder_.coefs_, *of_rows]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.coo_array, sparse.csc_matrix])
def test_sparse_rows(kind):
    params = {"n_tangents": 2, "tangent_strength": 0.1}
    given, dense = (make(CAE, **params).fit(rows, FEW) for rows in (kind(X), X))
    np.testing.assert_allclose(given.predict_proba(kind(X)), dense.predict_proba(X), rtol=1e-6)


def test_tables_keep_their_names():
    frame = pd.DataFrame(X).add_prefix("pixel")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frozen = FrozenEstimator(clone(CAE).fit(frame))
        classifier = make(frozen).fit(frame, FEW).set_output(transform="pandas")
        codes = classifier.transform(frame)
    assert classifier.feature_names_in_.tolist() == frame.columns.tolist()
    assert codes.columns.tolist() == [f"finetunedclassifier{number}" for number in range(8)]


def test_persistence():
    classifier = make(STACK, n_tangents=2, tangent_strength=0.1).fit(X, FEW)
    assert_same(pickle.loads(pickle.dumps(classifier)), classifier)
    io = pytest.importorskip("skops.io")
    copy = io.loads(io.dumps(classifier), trusted=TRUSTED_TYPES)
    assert_same(copy, classifier)


def test_verbose_prints_every_epoch(capsys):
    make(n_tangents=2, verbose=1).fit(X, FEW)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("Iteration 1, loss = ")
    assert "(log_loss = " in lines[0]
    assert ", tangent = " in lines[0]


def test_an_interrupt_keeps_the_last_epoch(interrupt_after_an_epoch):
    with pytest.raises(KeyboardInterrupt):
        make(max_iter=1, verbose=1).fit(X, FEW)
    with pytest.warns(UserWarning, match=r"^FinetunedClassifier: Training interrupted by user"):
        classifier = make(max_iter=5, verbose=1, learning_rate="constant").fit(X, FEW)
    assert classifier.n_iter_ == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *args: None)
        assert_same(classifier, make(max_iter=1, learning_rate="constant").fit(X, FEW))


def test_callbacks_see_epochs_and_end_the_fit():
    pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9 has no callbacks")
    seen = []

    class Ending:
        def setup(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
            if context.task_name != "epoch":
                return None
            seen.append(fitted_estimator.score(X, y))
            return len(seen) == 2

    classifier = make(max_iter=10).set_callbacks(Ending()).fit(X, FEW)
    assert classifier.n_iter_ == 2
    assert seen[-1] == classifier.score(X, FEW)


def test_fine_tuning_leaves_nothing_behind_when_it_is_switched_off():
    classifier = make(n_tangents=2).fit(X, FEW)
    classifier.set_params(fine_tune=False).fit(X, FEW)
    assert set(vars(classifier)) == set(vars(make(fine_tune=False).fit(X, FEW)))


def test_a_failed_fit_changes_nothing():
    classifier = make().fit(X, FEW)
    before = dict(vars(classifier))
    with pytest.raises(ValueError, match="one class"):
        classifier.fit(X[:, :5], np.where(Y == 1, 1, 5).clip(5))
    assert vars(classifier) == before


@pytest.mark.parametrize("Search", [GridSearchCV, JointGridSearchCV])
def test_searches(Search):
    grid = {"encoder__alpha": [0.1, 1], "C": [1, 10]}
    search = Search(make(CAE), grid, cv=2).fit(X, FEW)
    plain = GridSearchCV(make(CAE), grid, cv=2).fit(X, FEW)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )
    assert search.cv_results_["mean_test_score"].min() > 0.2
    assert_same(search.best_estimator_, plain.best_estimator_)


# What is refused

ONE = "y has one class, 1, besides rows without a label; at least two .* Label rows of another"
NONE = "y has no label: every entry is -1, or None, nan or ''. Label rows of at least two classes"
REFUSED = [
    (CAE, {}, np.ones(N, int), ValueError, ONE),
    (CAE, {}, np.where(Y == 1, 1.0, np.nan), ValueError, ONE.replace("1,", r"1\.0,")),
    (CAE, {}, np.full(N, -1), ValueError, NONE),
    (CAE, {}, np.full(N, ""), ValueError, NONE),
    (CAE, {}, [None] * N, ValueError, NONE),
    (CAE, {}, np.r_[0, FEW[1:] % 3 + 1], ValueError, "y has the class 0 on one row; at least two"),
    (CAE, {}, None, ValueError, "requires y to be passed, but the target y is None"),
    (CAE, {}, FEW[:5], ValueError, "inconsistent numbers of samples"),
    (CAE, {}, X[:, 3], ValueError, "Unknown label type: continuous"),
    (CAE, {}, np.stack([Y, Y], 1), ValueError, "y should be a 1d array"),
    (3, {}, FEW, TypeError, "encoder=3 must hold an autoencoder of skcae. Use one of .* None is"),
    (PCA(3), {}, FEW, TypeError, r"encoder=PCA\(n_components=3\) must hold an autoencoder"),
    (AE, {}, FEW, TypeError, "must hold an autoencoder of skcae"),
    (make_pipeline(PCA(3)), {}, FEW, TypeError, "must hold an autoencoder of skcae"),
    (
        make_pipeline(AE(4), PCA(3), AE(2)),
        {},
        FEW,
        TypeError,
        r"PCA\(n_components=3\) behind an autoencoder, where only autoencoders and Standard.* may "
        "stand. Put it before the first",
    ),
    (
        make_pipeline(AE(4), MinMaxScaler(clip=True), AE(2)),
        {},
        FEW,
        ValueError,
        "behind an autoencoder, where scalers must be affine; set clip=False",
    ),
    (
        make_pipeline(AE(4, activation="tanh"), AE(2, loss="cross_entropy")),
        {},
        FEW,
        ValueError,
        r"loss='cross_entropy' behind .*, whose values may lie outside of \[0, 1\]; put a MinMaxS",
    ),
    (
        make_pipeline(AE(4, code_activation="identity"), AE(2, loss="cross_entropy")),
        {},
        FEW,
        ValueError,
        "(?s)loss='cross_entropy' behind .*identity.*, whose values may lie outside",
    ),
    (
        make_pipeline(AE(4), StandardScaler(), AE(2, loss="cross_entropy")),
        {},
        FEW,
        ValueError,
        r"loss='cross_entropy' behind StandardScaler\(\), whose values may lie outside",
    ),
    (
        make_pipeline(AE(4, activation="tanh"), MaxAbsScaler(), AE(2, loss="cross_entropy")),
        {},
        FEW,
        ValueError,
        r"loss='cross_entropy' behind MaxAbsScaler\(\), whose values may lie outside",
    ),
    (
        make_pipeline(
            AE(4, activation="tanh"), AE(2, loss=["squared_error"] + 3 * ["cross_entropy"])
        ),
        {},
        FEW,
        ValueError,
        "loss='cross_entropy' behind .*tanh.*, whose values may lie outside",
    ),
    (
        make_pipeline(AE(4), AE(2, loss=["squared_error"] * 5)),
        {},
        FEW,
        ValueError,
        "loss names 5 columns, but X has 4; name the loss of every",
    ),
    (
        make_pipeline(AE(4), FrozenEstimator(StandardScaler().fit(X)), AE(2)),
        {},
        FEW,
        ValueError,
        r"StandardScaler\(\), which is fitted to 24 features but is given 4; fit it on the output",
    ),
    (
        make_pipeline(AE(4), FrozenEstimator(AE(2))),
        {},
        FEW,
        NotFittedError,
        "ContractiveAutoencoder instance is not fitted yet",
    ),
    (
        make_pipeline(AE(4), AE(2, device="xpu")),
        {},
        FEW,
        ValueError,
        "device='xpu' is not available",
    ),
    *(
        (
            make_pipeline(before, AE(8)),
            {"n_tangents": 5},
            FEW,
            ValueError,
            "n_tangents=5 must be .* layer, 3; use n_tangents=3",
        )
        for before in (
            PCA(3),
            PCA(0.65),
            FunctionTransformer(lambda X: X[:, :3]),
            FrozenEstimator(make_pipeline(StandardScaler(), PCA(3)).fit(X)),
            FrozenEstimator(PCA(3).fit(X).set_params(n_components=8)),  # what is fitted counts
        )
    ),
    (
        make_pipeline(AE(4), MinMaxScaler((1, 0)), AE(2)),
        {},
        FEW,
        ValueError,
        r"Minimum of desired feature range must be smaller than maximum. Got \(1, 0\)",
    ),
    (
        make_pipeline(AE(4), ContractiveAutoencoderCV(2, alphas=[-1])),
        {},
        FEW,
        ValueError,
        "alphas holds -1; every contraction strength must be",
    ),
    (
        make_pipeline(AE(4), ContractiveAutoencoderCV(2, cv=N + 1)),
        {},
        FEW,
        ValueError,
        "Cannot have number of splits n_splits=",
    ),
    (
        make_pipeline(AE(4), ContractiveAutoencoderCV(2, scoring="accurate")),
        {},
        FEW,
        ValueError,
        "'accurate' is not a valid scoring value",
    ),
    (
        make_pipeline(AE(4), DenoisingAutoencoder(2, corruption_level=2)),
        {},
        FEW,
        ValueError,
        "corruption_level=2 is the fraction of values",
    ),
    (
        make_pipeline(AE(4), AE(2, early_stopping=True, validation_fraction=0.001)),
        {},
        FEW,
        ValueError,
        "early_stopping needs at least one row on each side",
    ),
    (
        make_pipeline(AE(4), FROZEN),
        {},
        FEW,
        ValueError,
        "is fitted to 24 features but is given 4; fit it on the output",
    ),
    (
        make_pipeline(StandardScaler(), AE(4), AE(0)),
        {},
        FEW,
        ValueError,
        "'n_components' parameter",
    ),
    (AE(hidden_layer_sizes=(0,)), {}, FEW, ValueError, "hidden_layer_sizes=.* at least 1"),
    (AE(4), {"n_tangents": 5}, FEW, ValueError, "n_tangents=5 must be at most .* layer, 4; use"),
    (AE(4, hidden_layer_sizes=(3,)), {"n_tangents": 4}, FEW, ValueError, "layer, 3; use"),
    (AE(40), {"n_tangents": 25}, FEW, ValueError, "layer, 24; use n_tangents=24, or larger"),
    (
        make_pipeline(StandardScaler(), AE(40)),
        {"n_tangents": 25},
        FEW,
        ValueError,
        "layer, 24; use n_tangents=24, or larger",
    ),
    (
        AE(4),
        {"tangent_strength": 0.1},
        FEW,
        ValueError,
        "tangent_strength=0.1 needs tangents, but n_tangents=0; set n_tangents",
    ),
    (
        AE(4),
        {"early_stopping": True, "validation_fraction": 0.95},
        FEW,
        ValueError,
        "validation_fraction=0.95 holds out .* all of 4 classes need one to train on. Lower",
    ),
    (
        AE(4),
        {"early_stopping": True, "validation_fraction": 0.001},
        FEW,
        ValueError,
        "early_stopping needs at least one row on each side",
    ),
    (
        AE(4),
        {"class_weight": {0: -1}},
        FEW,
        ValueError,
        "must hold finite numbers above 0; to leave",
    ),
    (
        AE(4),
        {"dropout": 1.0},
        FEW,
        ValueError,
        r"The 'dropout' parameter .* in the range \[0.0, 1.0\). Got 1.0 instead",
    ),
    (AE(4), {"C": 0}, FEW, ValueError, "The 'C' parameter .* Got 0 instead"),
]


@pytest.mark.parametrize(("encoder", "params", "y", "error", "message"), REFUSED)
def test_bad_input_is_refused_before_anything_is_trained(
    encoder, params, y, error, message, monkeypatch
):
    def trained(*args, **kwargs):
        raise AssertionError("something was trained")

    for module in ("_training", "_together"):
        monkeypatch.setattr(f"skcae.{module}.train", trained)
    with pytest.raises(error, match=message):
        make(encoder, **params).fit(X, y)


class Doubled(TransformerMixin, BaseEstimator):
    """A transformer whose n_components is not the number of features that it gives."""

    n_components = 3

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.hstack([X, X])


def test_transformers_that_do_not_say_whether_they_are_fitted():
    logs = FunctionTransformer(np.log1p, feature_names_out="one-to-one")
    for before in (make_union(PCA(3), StandardScaler()), make_pipeline(logs, PCA(0.9))):
        classifier = make(make_pipeline(before, AE(6, **QUICK)), n_tangents=2)
        assert classifier.fit(X, FEW).score(X, FEW) > 0


def test_a_transformer_of_the_user_in_front():
    frozen = FrozenEstimator(AE(6, **QUICK).fit(np.hstack([X, X])))
    for encoder in (AE(6, **QUICK), frozen):
        classifier = make(make_pipeline(Doubled(), encoder), n_tangents=5, tangent_strength=0.1)
        assert classifier.fit(X, FEW).score(X, FEW) > 0


def test_inspection_of_a_classifier_that_is_not_fitted():
    with pytest.raises(NotFittedError):
        inspection.contraction(make(), X)


def test_a_device_that_is_not_there(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ValueError, match="device='cuda' is not available"):
        make(ContractiveAutoencoder(device="cpu"), device="cuda").fit(X, FEW)


def test_labels_without_weight():
    with pytest.raises(
        ValueError, match="sample_weight is zero for every row that has a label; rows"
    ):
        make().fit(X, FEW, sample_weight=~LABELLED)


def test_score_without_any_label():
    with pytest.raises(ValueError, match=NONE):
        make().fit(X, FEW).score(X, np.full(N, -1))


def test_scores_beyond_what_was_fitted():
    with pytest.raises(
        ValueError, match="X has 5 features, but FinetunedClassifier is expecting 24"
    ):
        make().fit(X, FEW).predict(X[:, :5])


def test_a_step_without_transform():
    encoder = make_pipeline(LogisticRegression(), CAE)
    with pytest.raises(TypeError, match="has no transform to carry rows to the autoencoder"):
        make(encoder).fit(X, FEW)


def test_a_team_is_refused(monkeypatch):
    monkeypatch.setattr(
        distributed, "check_alone", lambda what: (_ for _ in ()).throw(RuntimeError(what))
    )
    with pytest.raises(RuntimeError, match="FinetunedClassifier"):
        make().fit(X, FEW)


def test_an_unfinished_fit_warns_of_it():
    slow = {"learning_rate": "constant", "learning_rate_init": 0.1, "max_iter": 4}
    with pytest.warns(ConvergenceWarning, match="^FinetunedClassifier: Not converged after"):
        make(**slow, n_iter_no_change=10).fit(X, FEW)


def test_a_fit_that_has_learned_no_labels_says_so():
    weak = {"C": 1e-9, "learning_rate_init": 1e-9, "n_iter_no_change": 3}
    nothing = "^FinetunedClassifier: The labels are predicted no better than by the frequencies"
    with pytest.warns(ConvergenceWarning, match=f"{nothing}.* max_iter.*, or lower tangent_str"):
        make(**weak, max_iter=4).fit(X, FEW)
