"""Under onnxruntime, the graphs give what the estimators give."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from estimators import collapsing, short_fits
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

import skcae
from skcae import (
    AutoencoderDetector,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    FinetunedClassifier,
)
from skcae._codes import Codes
from skcae.core.activations import ACTIVATIONS, Activation
from skcae.core.losses import LOSSES
from skcae.model_selection import JointGridSearchCV
from skcae.onnx import ESTIMATORS, register

pytestmark = short_fits
EVERY_OUTPUT = {"reconstruction": True, "score_samples": True}
LOWEST_OPSET = 7
"""Below it operators do not broadcast."""


@pytest.fixture(scope="module")
def run():
    """Convert an estimator and run the graph on X; the outputs by name."""
    skl2onnx, runtime = pytest.importorskip("skl2onnx"), pytest.importorskip("onnxruntime")
    register()

    def run(estimator, X, **knobs):
        graph = skl2onnx.to_onnx(estimator, X[:1], **knobs)
        session = runtime.InferenceSession(
            graph.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        names = [output.name for output in session.get_outputs()]
        fed = (
            {name: X[[name]].to_numpy() for name in X} if isinstance(X, pd.DataFrame) else {"X": X}
        )
        outputs = dict(zip(names, session.run(None, fed), strict=True))
        for output in session.get_outputs():
            declared, shape = output.shape, outputs[output.name].shape
            assert len(declared) == len(shape)
            assert declared[1:] == list(shape[1:])
        return outputs

    return run


def rows(dtype):
    return np.random.RandomState(0).uniform(size=(60, 6)).astype(dtype)


def assert_same(actual, expected, dtype):
    assert actual.dtype == dtype
    np.testing.assert_allclose(
        actual,
        expected,
        rtol=0,
        atol={np.float32: 1e-5, np.float64: 1e-12}[dtype] * max(1, np.abs(expected).max()),
    )


@collapsing
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hidden", [(), (5,), (7, 5)], ids=["one", "two", "three"])
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_all_outputs_of_every_autoencoder(run, activation, loss, tied, hidden, dtype):
    X = rows(dtype)
    knobs = {
        "hidden_layer_sizes": hidden,
        "activation": activation,
        "loss": loss,
        "tied_weights": tied,
    }
    for Estimator in (
        (ContractiveAutoencoder, DenoisingAutoencoder) if not hidden else (ContractiveAutoencoder,)
    ):
        estimator = Estimator(4, **knobs, max_iter=3, random_state=0).fit(X)
        outputs = run(estimator, X, options={Estimator: EVERY_OUTPUT})
        assert list(outputs) == ["code", "reconstruction", "score_samples"]
        codes = estimator.transform(X)
        assert_same(outputs["code"], codes, dtype)
        assert_same(outputs["reconstruction"], estimator.inverse_transform(codes), dtype)
        assert_same(outputs["score_samples"], estimator.score_samples(X), dtype)


@pytest.mark.parametrize("code_activation", ACTIVATIONS)
def test_the_activation_of_the_code(run, code_activation):
    X = rows(np.float64)
    params = {"hidden_layer_sizes": (7, 5), "activation": "tanh", "max_iter": 3, "random_state": 0}
    estimator = ContractiveAutoencoder(4, code_activation=code_activation, **params).fit(X)
    outputs = run(estimator, X, options={ContractiveAutoencoder: EVERY_OUTPUT})
    codes = estimator.transform(X)
    assert_same(outputs["code"], codes, np.float64)
    assert_same(outputs["reconstruction"], estimator.inverse_transform(codes), np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_whole_pipeline_is_one_graph(run, dtype):
    X = rows(dtype)
    y = (X[:, 0] > X[:, 1]).astype(int)
    pipe = make_pipeline(
        StandardScaler(),
        ContractiveAutoencoder(4, max_iter=30, random_state=0),
        LogisticRegression(),
    )
    pipe.fit(X, y)
    outputs = run(pipe, X, options={"zipmap": False})
    assert_same(outputs["probabilities"], pipe.predict_proba(X), dtype)
    np.testing.assert_array_equal(outputs["label"], pipe.predict(X))


@pytest.mark.parametrize("asked", [(), ("reconstruction",), ("score_samples",)])
def test_options_choose_the_outputs(run, asked):
    X = rows(np.float32)
    head = make_pipeline(StandardScaler(), DenoisingAutoencoder(4, max_iter=3, random_state=0)).fit(
        X
    )
    outputs = run(head, X, options={id(head[-1]): dict.fromkeys(asked, True)})
    assert list(outputs) == ["code", *asked]
    assert_same(outputs["code"], head.transform(X), np.float32)


def test_the_autoencoder_that_chooses_alpha(run):
    X = rows(np.float64)
    estimator = ContractiveAutoencoderCV(3, alphas=[0, 1], cv=2, max_iter=3, random_state=0).fit(X)
    assert_same(run(estimator, X)["code"], estimator.transform(X), np.float64)


def test_two_autoencoders_in_a_row(run):
    X = rows(np.float64)
    parameters = {"max_iter": 3, "random_state": 0}
    stack = make_pipeline(
        ContractiveAutoencoder(5, **parameters), ContractiveAutoencoder(3, **parameters)
    ).fit(X)
    (codes,) = run(stack, X).values()
    assert_same(codes, stack.transform(X), np.float64)


def test_large_pre_activations_do_not_overflow(run):
    X = rows(np.float32)
    estimator = ContractiveAutoencoder(4, loss="cross_entropy", max_iter=2, random_state=0).fit(X)
    estimator.intercepts_[-1] += np.float32(200)
    outputs = run(estimator, X, options={ContractiveAutoencoder: EVERY_OUTPUT})
    assert_same(outputs["score_samples"], estimator.score_samples(X), np.float32)


def test_integer_input(run):
    X = np.random.RandomState(0).randint(5, size=(40, 6))
    estimator = ContractiveAutoencoder(4, max_iter=2, random_state=0).fit(X)
    np.testing.assert_allclose(run(estimator, X)["code"], estimator.transform(X), atol=1e-5)


# Parts


def quick(n_components=4, **params):
    return ContractiveAutoencoder(n_components, max_iter=3, random_state=0, **params)


@pytest.mark.parametrize("hidden", [(), (7, 5)], ids=["one", "three"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_decoder_alone(run, dtype, loss, hidden):
    X = rows(dtype)
    estimator = quick(hidden_layer_sizes=hidden, loss=loss, activation="tanh").fit(X)
    codes = estimator.transform(X)
    (name, actual), *others = run(
        estimator, codes, options={ContractiveAutoencoder: {"decoder": True}}
    ).items()
    assert (name, others) == ("reconstruction", [])
    assert_same(actual, estimator.inverse_transform(codes), dtype)


def test_other_columns_than_those_of_the_estimator_are_refused(run):
    X = rows(np.float32)
    estimator, decoder = quick().fit(X), {ContractiveAutoencoder: {"decoder": True}}
    with pytest.raises(ValueError, match=r"have 6 columns, .* takes codes of 4; convert it with"):
        run(estimator, X, options=decoder)
    for whole in (estimator, FinetunedClassifier(quick(), max_iter=2).fit(X, X[:, 0] > 0.5)):
        with pytest.raises(ValueError, match=r"have 5 columns, .* takes rows of 6; convert it"):
            run(whole, X[:, :5])
    frame = pd.DataFrame(X[:, :5], columns=list("abcde"))
    with pytest.raises(ValueError, match=r"have 5 columns, .* takes rows of 6; convert it with"):
        run(AutoencoderDetector(FrozenEstimator(estimator)).fit(X), frame)


@pytest.mark.parametrize("asked", [("reconstruction",), ("score_samples",)])
def test_outputs_without_the_code(run, asked):
    X = rows(np.float64)
    estimator = quick().fit(X)
    options = {"code": False, **dict.fromkeys(asked, True)}
    outputs = run(estimator, X, options={ContractiveAutoencoder: options})
    assert list(outputs) == [*asked]
    expected = {
        "reconstruction": estimator.inverse_transform(estimator.transform(X)),
        "score_samples": estimator.score_samples(X),
    }
    for name in asked:
        assert_same(outputs[name], expected[name], np.float64)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"decoder": True, "score_samples": True},
            r"exclude each other: .*; convert the estimator",
        ),
        ({"code": False}, r"'code': False leaves the graph without an output; add"),
    ],
)
def test_options_that_leave_nothing_to_write_are_refused(run, options, message):
    with pytest.raises(ValueError, match=message):
        run(
            quick().fit(rows(np.float32)),
            rows(np.float32),
            options={ContractiveAutoencoder: options},
        )


STEPS_BEHIND = {
    "scaler": MinMaxScaler,
    "classifier": LogisticRegression,
    "autoencoder": lambda: quick(),
    "detector": lambda: AutoencoderDetector(quick()),
}


@pytest.mark.parametrize("behind", STEPS_BEHIND.values(), ids=STEPS_BEHIND)
@pytest.mark.parametrize("asked", [{"reconstruction": True}, {"score_samples": True}], ids=str)
def test_other_outputs_than_the_code_before_other_steps_are_refused(run, behind, asked):
    X = rows(np.float32)
    pipe = make_pipeline(quick(), behind()).fit(X, np.arange(len(X)) % 2)
    message = r"the outputs \['code', '.*'\], but the step behind it takes the code alone. Leave"
    with pytest.raises(ValueError, match=message):
        run(pipe, X, options={id(pipe[0]): asked})


def test_outputs_may_be_named_by_the_caller(run):
    from skl2onnx.common.data_types import FloatTensorType

    X = rows(np.float32)
    estimator = quick().fit(X)
    outputs = run(
        estimator,
        X,
        options={ContractiveAutoencoder: {"reconstruction": True}},
        final_types=[("codes", FloatTensorType([None, 4])), ("rows", FloatTensorType([None, 6]))],
    )
    assert_same(outputs["codes"], estimator.transform(X), np.float32)
    assert_same(outputs["rows"], estimator.reconstruct(X), np.float32)


def test_a_decoder_behind_a_step_that_gives_it_rows_is_refused(run):
    X = rows(np.float32)
    pipe = make_pipeline(MinMaxScaler(), quick()).fit(X)
    with pytest.raises(ValueError, match=r"have 6 columns, .* takes codes of 4; convert it with"):
        run(pipe, X, options={id(pipe[1]): {"decoder": True}})


@pytest.mark.parametrize(
    "estimator",
    [
        ContractiveAutoencoder(),
        make_pipeline(ContractiveAutoencoder()),
        AutoencoderDetector(),
        FinetunedClassifier(),
        JointGridSearchCV(ContractiveAutoencoder(), {}),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_what_is_not_fitted_says_so(run, estimator):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        run(estimator, rows(np.float32))


def test_what_has_no_operator_is_refused_in_one_sentence(run, monkeypatch):
    cube = Activation(lambda z: z**3, lambda h: 3 * h.abs() ** (2 / 3), lambda h, slope: slope)
    monkeypatch.setitem(ACTIVATIONS, "cube", cube)
    monkeypatch.setitem(LOSSES, "poisson", LOSSES["squared_error"])
    X = rows(np.float32)
    estimator = quick().fit(X)
    estimator.activation = "cube"
    message = r"^activation='cube' has no form in ONNX here; .* 'logistic', .*, or give it a row"
    with pytest.raises(NotImplementedError, match=message):
        run(estimator, X)
    estimator = quick().fit(X)
    estimator.loss = "poisson"
    with pytest.raises(NotImplementedError, match=r"^loss='poisson' has no form in ONNX here; .*"):
        run(estimator, X)


@pytest.mark.parametrize("end", ["lowest", "highest"])
def test_both_ends_of_the_opsets(run, end):
    skl2onnx = pytest.importorskip("skl2onnx")
    opset = {"lowest": LOWEST_OPSET, "highest": skl2onnx.get_latest_tested_opset_version()}[end]
    X = rows(np.float64)
    for loss in LOSSES:
        given = {"loss": loss, "activation": "softplus", "learning_rate_init": 0.1}
        estimator = quick(hidden_layer_sizes=(5,), **given).fit(X)
        options = {ContractiveAutoencoder: EVERY_OUTPUT}
        outputs = run(estimator, X, options=options, target_opset=opset)
        assert_same(outputs["score_samples"], estimator.score_samples(X), np.float64)
        assert_same(outputs["code"], estimator.transform(X), np.float64)
        detector = AutoencoderDetector(FrozenEstimator(estimator), contamination=0.2).fit(X)
        outputs = run(detector, X, target_opset=opset)
        np.testing.assert_array_equal(outputs["label"].ravel(), detector.predict(X))
        classifier = fine_tuned(FrozenEstimator(estimator), X, LABELS["string"], max_iter=20)
        assert_same_classifier(run(classifier, X, target_opset=opset), classifier, X, np.float64)
        codes = estimator.transform(X)
        options = {ContractiveAutoencoder: {"decoder": True}}
        outputs = run(estimator, codes, options=options, target_opset=opset)
        assert_same(outputs["reconstruction"], estimator.inverse_transform(codes), np.float64)


# Searches, frames and detectors


@pytest.mark.parametrize("Search", [GridSearchCV, JointGridSearchCV])
def test_a_search_is_its_best_estimator(run, Search):
    X = rows(np.float32)
    y = (X[:, 0] > X[:, 1]).astype(int)
    search = Search(quick(), {"alpha": [0, 1]}, cv=2).fit(X)
    assert_same(run(search, X)["code"], search.transform(X), np.float32)
    best = search.best_estimator_
    outputs = run(search, X, options={id(best): {"code": False, "score_samples": True}})
    assert list(outputs) == ["score_samples"]
    assert_same(outputs["score_samples"], best.score_samples(X), np.float32)
    pipe = make_pipeline(StandardScaler(), quick(), LogisticRegression())
    search = Search(pipe, {"contractiveautoencoder__alpha": [0, 1]}, cv=2).fit(X, y)
    outputs = run(search, X, options={id(search.best_estimator_[-1]): {"zipmap": False}})
    assert_same(outputs["probabilities"], search.predict_proba(X), np.float32)
    np.testing.assert_array_equal(outputs["label"], search.predict(X))


@pytest.mark.parametrize("Search", [GridSearchCV, JointGridSearchCV])
def test_a_search_inside_of_a_pipeline(run, Search):
    X = rows(np.float64)
    y = (X[:, 0] > X[:, 1]).astype(int)
    search = Search(make_pipeline(MinMaxScaler(), quick()), {}, cv=2)
    pipe = make_pipeline(StandardScaler(), search, LogisticRegression()).fit(X, y)
    outputs = run(pipe, X, options={"zipmap": False})
    assert_same(outputs["probabilities"], pipe.predict_proba(X), np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_frames_have_an_input_for_every_column(run, dtype):
    frame = pd.DataFrame(rows(dtype), columns=list("abcdef"))
    for estimator in (
        quick(),
        make_pipeline(quick(5), quick()),
        JointGridSearchCV(quick(), {"alpha": [0, 1]}, cv=2),
        AutoencoderDetector(quick()),
        AutoencoderDetector(make_pipeline(quick(5), quick())),
    ):
        fitted = clone(estimator).fit(frame)
        outputs = run(fitted, frame)
        if "code" in outputs:
            assert_same(outputs["code"], fitted.transform(frame), dtype)
        else:
            assert_same(outputs["scores"].ravel(), fitted.decision_function(frame), dtype)


def test_frames_of_several_types(run):
    frame = pd.DataFrame(rows(np.float32), columns=list("abcdef")).astype({"b": np.float64})
    frame["c"] = np.arange(len(frame)) % 3
    estimator = quick().fit(frame)
    assert_same(run(estimator, frame)["code"], estimator.transform(frame), np.float64)


def test_frames_behind_a_column_transformer(run):
    frame = pd.DataFrame(rows(np.float32)[:, :2], columns=["a", "b"])
    frame["c"] = np.array(["x", "y", "z"])[np.arange(len(frame)) % 3]
    columns = make_column_transformer((StandardScaler(), ["a", "b"]), (OneHotEncoder(), ["c"]))
    pipe = make_pipeline(columns, quick(3)).fit(frame)
    assert_same(run(pipe, frame)["code"], np.float32(pipe.transform(frame)), np.float32)
    detector = AutoencoderDetector(make_pipeline(columns, quick(3))).fit(frame)
    outputs = run(detector, frame)
    np.testing.assert_array_equal(outputs["label"].ravel(), detector.predict(frame))


def test_some_columns_of_an_array(run):
    X = rows(np.float32)
    halves = make_column_transformer((quick(2), [0, 1, 5]), (quick(3), [2, 3, 4])).fit(X)
    assert_same(run(halves, X)["transformed_column"], halves.transform(X), np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("standardize_errors", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_detectors(run, loss, standardize_errors, dtype):
    X = rows(dtype)
    for inner in (
        quick(loss=loss),
        make_pipeline(MinMaxScaler(clip=True), make_pipeline(quick(loss=loss))),
        FrozenEstimator(quick(loss=loss).fit(X)),
    ):
        detector = AutoencoderDetector(
            inner, contamination=0.1, standardize_errors=standardize_errors
        ).fit(X)
        outputs = run(detector, X, options={AutoencoderDetector: {"score_samples": True}})
        assert list(outputs) == ["label", "scores", "score_samples"]
        assert outputs["label"].dtype == np.int64
        np.testing.assert_array_equal(outputs["label"].ravel(), detector.predict(X))
        assert_same(outputs["scores"].ravel(), detector.decision_function(X), dtype)
        assert_same(outputs["score_samples"].ravel(), detector.score_samples(X), dtype)


def test_a_row_at_the_threshold_is_no_outlier(run):
    X = rows(np.float64)
    detector = AutoencoderDetector(quick()).fit(X)
    asked = {AutoencoderDetector: {"score_samples": True}}
    detector.offset_ = float(run(detector, X, options=asked)["score_samples"].max())
    outputs = run(detector, X)
    assert outputs["scores"].max() == 0
    np.testing.assert_array_equal(outputs["label"] == 1, outputs["scores"] == 0)


# Classifiers

LABELS = {
    "two": np.array([0, 1]),
    "signs": np.array([-1, 1], dtype=np.int8),
    "many": np.array([7, 2, 30]),
    "bool": np.array([False, True]),
    "float": np.array([0.0, 2.0, 5.0]),
    "string": np.array(["b", "a", "ccc"]),
    "object": np.array(["é", "a"], dtype=object),
}
ENCODERS = {
    "autoencoder": quick(hidden_layer_sizes=(5,), activation="tanh", code_activation="identity"),
    "stack": make_pipeline(
        MinMaxScaler(clip=True),
        quick(5),
        make_pipeline(RobustScaler(with_scaling=False), MinMaxScaler(), "passthrough"),
        DenoisingAutoencoder(4, activation="elu", max_iter=3, random_state=0),
        MaxAbsScaler(),
    ),
    "frozen": FrozenEstimator(
        make_pipeline(StandardScaler(), quick(n_iter_no_change=None)).fit(rows(np.float64))
    ),
}


def labels(classes):
    return classes[np.random.RandomState(1).permutation(60) % len(classes)]


def fine_tuned(encoder, X, classes, **params):
    params = {"max_iter": 5, "learning_rate_init": 0.05, "C": 100, "random_state": 0, **params}
    classifier = FinetunedClassifier(encoder, **params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # -1 is a class
        return classifier.fit(X, labels(classes))


def assert_same_classifier(outputs, classifier, X, dtype):
    assert list(outputs) == ["label", "probabilities"]
    predicted = classifier.predict(X)
    assert len(set(predicted.tolist())) == len(classifier.classes_)
    np.testing.assert_array_equal(outputs["label"], predicted)
    assert_same(outputs["probabilities"], classifier.predict_proba(X), dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS)
def test_classifiers(run, encoder, classes, dtype):
    X = rows(dtype)
    classifier = fine_tuned(encoder, X, classes)
    assert_same_classifier(run(classifier, X), classifier, X, dtype)


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS)
def test_a_classifier_that_is_not_fine_tuned(run, encoder):
    X = rows(np.float64)
    classifier = fine_tuned(encoder, X, LABELS["many"], fine_tune=False)
    assert_same_classifier(run(classifier, X), classifier, X, np.float64)


def test_a_classifier_in_a_pipeline_in_a_search_and_on_frames(run):
    X, y = rows(np.float32), labels(LABELS["string"])
    classifier = fine_tuned(ENCODERS["stack"], X, LABELS["string"])
    pipe = make_pipeline(StandardScaler(), clone(classifier)).fit(X, y)
    assert_same_classifier(run(pipe, X, options={"zipmap": False}), pipe, X, np.float32)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    named = clone(classifier).fit(frame, y)
    assert_same_classifier(run(named, frame), named, frame, np.float32)
    for Search in (GridSearchCV, JointGridSearchCV):
        search = Search(clone(classifier), {"C": [10, 100]}, cv=2).fit(X, y)
        best = search.best_estimator_
        outputs = run(search, X, options={id(best): {"zipmap": False}})
        assert_same_classifier(outputs, search, X, np.float32)


def test_probabilities_by_the_name_of_the_class(run):
    X = rows(np.float32)
    classifier = fine_tuned(quick(), X, LABELS["string"])
    graph = pytest.importorskip("skl2onnx").to_onnx(
        classifier, X[:1], options={FinetunedClassifier: {"zipmap": True}}
    )
    session = pytest.importorskip("onnxruntime").InferenceSession(graph.SerializeToString())
    label, proba = session.run(None, {"X": X})
    np.testing.assert_array_equal(label, classifier.predict(X))
    found = pd.DataFrame(proba)
    assert list(found) == ["a", "b", "ccc"]
    np.testing.assert_allclose(found, classifier.predict_proba(X), atol=1e-6)
    X = rows(np.float64)
    outputs = run(classifier, X, options={id(classifier): {"zipmap": "columns"}})
    assert list(outputs) == ["output_label", "sa", "sb", "sccc"]
    np.testing.assert_allclose(outputs["sb"], classifier.predict_proba(X)[:, 1], atol=1e-6)


@pytest.mark.parametrize(
    "holder",
    [
        lambda inner: BaggingClassifier(inner, 2, random_state=0),
        lambda inner: CalibratedClassifierCV(inner, cv=2),
        lambda inner: VotingClassifier([("inner", inner)], voting="soft", flatten_transform=False),
    ],
    ids=["bagging", "calibrated", "voting"],
)
def test_a_classifier_in_a_meta_estimator_is_refused(run, holder):
    X = rows(np.float32)
    inner = FinetunedClassifier(quick(), max_iter=2, random_state=0)
    meta = holder(inner).fit(X, np.arange(len(X)) % 2)
    with pytest.raises(
        NotImplementedError, match="inside of this meta-estimator; convert it alone"
    ):
        run(meta, X)


def test_dictionaries_of_float64_are_refused(run):
    X = rows(np.float64)
    pipe = make_pipeline(fine_tuned(quick(), X, LABELS["two"]))
    message = r"'zipmap': True has no form in float64; use 'zipmap': False, which a Pipeline needs"
    with pytest.raises(NotImplementedError, match=message):
        run(pipe, X)


def test_labels_that_onnx_does_not_have_are_refused(run):
    X = rows(np.float32)
    classifier = fine_tuned(quick(), X, np.array(["2001-01-01", "2002-02-02"], dtype="M8[D]"))
    message = "classes_=.* have no form in ONNX; fit with labels that are strings or whole numbers"
    with pytest.raises(NotImplementedError, match=message):
        run(classifier, X)


def test_the_conversion_needs_no_device(run, monkeypatch):
    X = rows(np.float32)
    estimator = quick().fit(X)
    codes = estimator.transform(X)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert_same(run(estimator.set_params(device="cuda"), X)["code"], codes, np.float32)
    classifier = fine_tuned(quick(), X, LABELS["two"])
    proba = classifier.predict_proba(X)
    classifier.encoder_.set_params(device="cuda")
    assert_same(run(classifier, X)["probabilities"], proba, np.float32)


def test_every_public_autoencoder_has_a_converter():
    public = [getattr(skcae, name) for name in skcae.__all__]
    assert [
        thing for thing in public if isinstance(thing, type) and issubclass(thing, Codes)
    ] == ESTIMATORS


def test_without_skl2onnx_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"skcae\.onnx needs skl2onnx.*; pip install skl2onnx"):
        register()


def test_nothing_of_onnx_is_imported_before_it_is_asked_for():
    program = "import sys, skcae, skcae.onnx; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert "skcae" in loaded
    assert not any(f"'{name}'" in loaded for name in ("onnx", "skl2onnx", "onnxruntime"))
