"""The scripts in docs/benchmarks run, at tiny sizes, and their results say what, when and where."""

import csv
import runpy
import subprocess
import sys
import warnings
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from estimators import any_fit
from scipy.special import expit

BENCHMARKS = Path(__file__).parent.parent / "docs" / "benchmarks"
pytestmark = any_fit
ON_MNIST = [
    "centred",
    "curve",
    "defaults",
    "mnist",
    "papers",
    "papers_tried",
    "precision",
    "tried",
    "warm_path",
    "worth",
]
CHEAP = [
    "convex",
    "detect",
    "finetune",
    "growth",
    "parts",
    "rates",
    "rounding",
    "soak",
    "steps",
    "transform",
    *ON_MNIST,
]
COSTLY = ["alpha_without_labels", "distributed", "joint_search", "peers", "science"]
"""They start processes, or search."""


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """As when Python is started with one of the scripts."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def made_mnist(tmp_path):
    """A file with what MNIST has, and noise for pixels."""
    random, path = np.random.RandomState(0), tmp_path / "made.npz"
    X = random.randint(256, size=(1400, 28, 28), dtype=np.uint8)
    y = (np.arange(1400) % 10).astype(np.uint8)
    np.savez(path, X_train=X[:1200], y_train=y[:1200], X_test=X[1200:], y_test=y[1200:])
    return path


def written(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_script_is_run_here():
    assert {path.stem for path in BENCHMARKS.glob("[!_]*.py")} == {*CHEAP, *COSTLY}


@pytest.mark.parametrize("name", CHEAP)
def test_quick_form(name, made_mnist, tmp_path, monkeypatch):
    data = [f"--data={made_mnist}"] if name in ON_MNIST else []
    monkeypatch.setattr(sys, "argv", [f"{name}.py", "--quick", f"--out={tmp_path}", *data])
    runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name="__main__")
    rows = written(tmp_path / f"{name}.csv")
    assert rows
    assert all(
        "CPUs" in row["machine"] and "scikit-learn" in row["machine"] and row["date"]
        for row in rows
    )


def test_quick_results_are_kept_only_where_they_are_told_to_be(monkeypatch, capsys):
    before = {path: path.read_bytes() for path in BENCHMARKS.glob("*.csv")}
    monkeypatch.setattr(sys, "argv", ["growth.py", "--quick"])
    runpy.run_path(str(BENCHMARKS / "growth.py"), run_name="__main__")
    assert "slope" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in BENCHMARKS.glob("*.csv")} == before


def test_a_peer_that_is_not_installed_is_reported_as_missing(tmp_path, monkeypatch):
    import peers

    def hidden(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(peers, "version", hidden)
    monkeypatch.setattr(sys, "argv", ["peers.py", "--quick", f"--out={tmp_path}"])
    peers.main()
    rows = written(tmp_path / "peers.csv")
    assert [row["peer"] for row in rows] == list(peers.PEERS)
    assert {row["version"] for row in rows} == {"missing"}


def test_a_detector_that_is_not_installed_is_reported_as_missing(tmp_path, monkeypatch):
    import detect

    def hidden(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(detect, "version", hidden)
    monkeypatch.setattr(sys, "argv", ["detect.py", "--quick", f"--out={tmp_path}"])
    detect.main()
    rows = {row["detector"]: row for row in written(tmp_path / "detect.csv")}
    assert {name for name, row in rows.items() if row["version"] == "missing"} == {*detect.OF_PYOD}
    assert {name for name, row in rows.items() if not row["AUC"]} == {*detect.OF_PYOD}


def installed(package):
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning")
def test_peers_that_minimise_the_same_agree():
    """Loops that differ in how they form the penalty end at one place; the objective is the error plus the contraction."""
    import peers

    X = np.random.RandomState(0).uniform(size=(300, 64)).astype(np.float32)
    rows = {
        name: peers.measure(name, X, 2)
        for name, (package, _) in peers.PEERS.items()
        if installed(package)
    }
    closed, formed = rows["torch, closed form"], rows["torch, vmap(jacrev)"]
    assert closed["objective"] == pytest.approx(formed["objective"], rel=1e-3)
    for name, row in rows.items():
        if name != "PCA":
            assert row["objective"] == pytest.approx(
                row["error"] + 0.1 * row["contraction"], abs=2e-3
            )


def test_the_objective_of_the_curve_is_that_of_the_package():
    import curve

    from skcae import ContractiveAutoencoder
    from skcae.inspection import contraction

    X = np.random.RandomState(0).uniform(size=(50, 6))
    cae = ContractiveAutoencoder(
        4, alpha=curve.ALPHA, loss="cross_entropy", max_iter=3, random_state=0
    ).fit(X)
    found = curve.objective(X, cae.components_, cae.intercept_hidden_, cae.intercept_visible_)
    assert found == pytest.approx(-cae.score(X) + curve.ALPHA * contraction(cae, X).mean())


def test_the_curve_of_a_constant_rate_goes_on_where_it_was():
    import curve

    X = np.random.RandomState(0).uniform(size=(300, 6)).astype(np.float32)
    contender = curve.CONTENDERS["skcae, constant 0.001"]
    *_, (epochs, _, in_parts) = contender(X, (1, 2, 4))
    ((_, _, in_one),) = contender(X, (4,))
    assert epochs == 4
    for part, one in zip(in_parts, in_one, strict=True):
        np.testing.assert_allclose(part, one, rtol=1e-5, atol=1e-7)


def test_default_rate_is_that_of_a_fit():
    import defaults

    from skcae import ContractiveAutoencoder

    X = np.random.RandomState(0).uniform(size=(40, 6))
    parameters = {"n_components": 3, "alpha": 0.5, "hidden_layer_sizes": (4,)}
    cae = ContractiveAutoencoder(max_iter=1, random_state=0, **parameters).fit(X)
    assert defaults.default_rate(X, max_iter=1, **parameters) == cae.learning_rate_


def test_what_was_tried_is_not_the_default():
    """Changes inside of the package have an effect, and end with the block."""
    import tried

    X, parameters = np.random.RandomState(0).uniform(size=(300, 6)), {"n_components": 3}
    found = tried.tried(X, parameters, max_iter=3)
    for name in (
        "no warm-up",
        "beta_2 = 0.999",
        "initial weights of a tenth",
        "half the peak rate",
        "batches of 25",
        "codes centred at their means",
        "Nesterov's momentum in Adam",
        "biases at a tenth of the rate",
        "batches that grow from a half to twice the size",
        "initial weights from rows",
        "initial weights from principal axes",
    ):
        assert found[name][0] != found["defaults"][0], name
    assert tried.fitted(X, max_iter=3, **parameters)[0] == found["defaults"][0]


def test_centred_steps_are_those_of_a_model_of_centred_codes():
    """With z = (h - 1/2) V^T + c', a step moves V and c', which c then follows."""
    import tried

    from skcae import ContractiveAutoencoder

    X, rate = np.random.RandomState(0).uniform(size=(40, 5)), 0.1
    plain = {
        "solver": "sgd",
        "momentum": 0,
        "nesterovs_momentum": False,
        "learning_rate": "constant",
    }
    cae = ContractiveAutoencoder(
        3,
        alpha=0,
        loss="cross_entropy",
        tied_weights=False,
        learning_rate_init=rate,
        batch_size=40,
        max_iter=1,
        random_state=0,
        **plain,
    )
    start = cae._training(X, None)
    W, b, V, c = (
        part.numpy().copy() for part in start.objective.architecture.split(start.state.flat)
    )
    h = expit(X @ W.T + b)
    error = (expit(h @ V.T + c) - X) / len(X)
    moved = V - rate * error.T @ (h - 0.5)
    with tried.taking(partial(tried.centred, half=True)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cae.fit(X)
    np.testing.assert_allclose(cae.coefs_[-1], moved.T, rtol=1e-10)
    bias = c + (V - moved).sum(1) / 2 - rate * error.sum(0)
    np.testing.assert_allclose(cae.intercepts_[-1], bias, rtol=1e-10)


def test_quasi_newton_minimises_what_a_fit_does():
    import tried

    X, parameters = np.random.RandomState(0).uniform(size=(60, 5)), {"n_components": 2}
    lowest, _ = tried.quasi_newton(X, 2.0, **parameters)
    assert lowest == pytest.approx(tried.fitted(X, max_iter=1000, **parameters)[0], rel=0.02)


def run_papers(monkeypatch, data, out, *more):
    import papers

    given = ["papers.py", "--quick", f"--data={data}", f"--out={out}", "--tables", "neighbours"]
    monkeypatch.setattr(sys, "argv", [*given, *more])
    papers.main()
    return written(out / "papers.csv")


def test_papers_go_on_where_they_stopped(made_mnist, tmp_path, monkeypatch):
    """What has a row is not trained again; a layer is, if what lacks a row needs it and its file is gone."""
    import papers

    rows = run_papers(monkeypatch, made_mnist, tmp_path)
    path = tmp_path / "papers.csv"
    lines = path.read_text().splitlines(keepends=True)
    lost = [next(row for row in rows if row["method"] == name) for name in ("pixels", "1 layer")]
    places = [1 + rows.index(row) for row in lost]
    path.write_text("".join(line for place, line in enumerate(lines) if place not in places))
    pretrain, classify = (Mock(wraps=call) for call in (papers.pretrain, papers.classify))
    monkeypatch.setattr(papers, "pretrain", pretrain)
    monkeypatch.setattr(papers, "classify", classify)
    again = run_papers(monkeypatch, made_mnist, tmp_path)
    assert (pretrain.call_count, classify.call_count) == (0, 2)
    assert again[:-2] == [row for row in rows if row not in lost]
    assert [papers.identity(row) for row in again[-2:]] == [papers.identity(row) for row in lost]
    assert [row["validation error %"] for row in again[-2:]] == [
        row["validation error %"] for row in lost
    ]

    path.write_text("".join(line for place, line in enumerate(lines) if place not in places))
    for file in (tmp_path / "papers_layers").iterdir():
        file.unlink()
    run_papers(monkeypatch, made_mnist, tmp_path)
    assert (pretrain.call_count, classify.call_count) == (1, 4)


def test_papers_test_what_validation_chose(made_mnist, tmp_path, monkeypatch):
    untested = run_papers(monkeypatch, made_mnist, tmp_path, "--untested")
    assert {row["stage"] for row in untested} == {"pretraining", "validation"}
    assert not any(row["test error %"] for row in untested)
    rows = run_papers(monkeypatch, made_mnist, tmp_path)
    for method in ("pixels", "1 layer", "2 layers"):
        errors: dict = {}
        for row in rows:
            if (row["stage"], row["method"]) == ("validation", method):
                errors.setdefault(row["setting"], []).append(float(row["validation error %"]))
        tested = [row for row in rows if (row["stage"], row["method"]) == ("test", method)]
        assert {row["setting"] for row in tested} == {
            min(errors, key=lambda setting: np.mean(errors[setting]))
        }
        assert [row["draw"] for row in tested] == ["0", "1"]


@pytest.mark.slow
def test_papers_trained_side_by_side_are_the_same(made_mnist, tmp_path, monkeypatch):
    alone = run_papers(monkeypatch, made_mnist, tmp_path / "alone")
    both = run_papers(monkeypatch, made_mnist, tmp_path / "both", "--jobs=2")

    def found(rows):
        kept = ("setting", "draw", "stage", "validation error %", "test error %")
        return sorted([row[name] for name in kept] for row in rows)

    assert found(alone) == found(both)


def test_rectangles_are_told_by_their_longer_side():
    import papers

    X, y = papers.rectangles(200, np.random.RandomState(0))
    images = X.reshape(-1, 28, 28)
    taller = images.any(2).sum(1) > images.any(1).sum(1)
    np.testing.assert_array_equal(taller, y)
    assert 0.3 < y.mean() < 0.7


def test_peak_memory_is_what_is_held_at_once():
    from _common import peak

    assert 60 < peak(lambda: np.ones(64 << 17)) < 80


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(BENCHMARKS), *arguments], capture_output=True, text=True
    )


def test_one_command_goes_on_after_a_failure_and_says_what_failed(tmp_path):
    done = run("--quick", f"--out={tmp_path}", "--data=nowhere.npz", "--only", "mnist", "growth")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "failed: mnist"
    assert written(tmp_path / "growth.csv")
    assert [row["status"] for row in written(tmp_path / "suite.csv")] == ["failed", "done"]


@pytest.mark.slow
def test_one_command_runs_everything(made_mnist, tmp_path):
    done = run("--quick", f"--out={tmp_path}", f"--data={made_mnist}")
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in tmp_path.glob("*.csv")} == {*CHEAP, *COSTLY, "suite"}
