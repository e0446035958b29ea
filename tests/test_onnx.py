"""Under onnxruntime, the graphs give what the estimators give."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcae
from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder
from skcae._codes import Codes
from skcae.core.activations import ACTIVATIONS
from skcae.core.losses import LOSSES
from skcae.onnx import ESTIMATORS, register

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
EVERY_OUTPUT = {"reconstruction": True, "score_samples": True}


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
        outputs = dict(zip(names, session.run(None, {"X": X}), strict=True))
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
    params = {"hidden_layer_sizes": (7, 5), "activation": "tanh", "max_iter": 3}
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


def test_every_public_autoencoder_has_a_converter():
    public = [getattr(skcae, name) for name in skcae.__all__]
    assert [
        thing for thing in public if isinstance(thing, type) and issubclass(thing, Codes)
    ] == ESTIMATORS


def test_without_skl2onnx_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(
        ImportError, match=r'skcae.onnx needs skl2onnx.*pip install "skcae\[onnx\]"'
    ):
        register()


def test_nothing_of_onnx_is_imported_before_it_is_asked_for():
    program = "import sys, skcae, skcae.onnx; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert "skcae" in loaded
    assert not any(f"'{name}'" in loaded for name in ("onnx", "skl2onnx", "onnxruntime"))
