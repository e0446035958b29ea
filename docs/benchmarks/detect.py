"""Anomaly detection: the area under the ROC curve and the average precision of autoencoders and of other detectors.

Every detector is fitted once, on half of the normal rows, to tell the other half from
the anomalies; the rows that it is tested on choose nothing. All have the parameters
that the script shows, and StandardScaler before them. Every seed draws the rows and the
fits anew, and the value of the digits is the mean over the ten classes, each of them in
turn the normal one. pyod's AutoEncoder has its own defaults, and is reported as
missing where pyod is not installed.
"""

import warnings
from argparse import Namespace
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from typing import Any

import numpy as np
from _common import parser, save, side_by_side
from joblib import delayed
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

from skcae import AutoencoderDetector, ContractiveAutoencoder

N_SEEDS, ALPHAS = 5, [0, 0.1, 1, 10]
OF_PYOD = {"pyod AutoEncoder": 10, "pyod AutoEncoder, 100 epochs": 100}
"""Epochs: those of its default, and those of the autoencoders here."""


class PCAReconstruction(BaseEstimator):
    """Minus the squared error of the reconstruction from the leading 90 % of the variance."""

    def fit(self, X: np.ndarray, y: Any = None) -> "PCAReconstruction":
        """Fit to rows."""
        self.pca_ = PCA(0.9, random_state=0).fit(X)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Score rows."""
        return -((X - self.pca_.inverse_transform(self.pca_.transform(X))) ** 2).sum(1)


class PyodAutoEncoder(BaseEstimator):
    """That of pyod, with the methods of scikit-learn's detectors."""

    def __init__(self, epoch_num: int, random_state: int) -> None:
        self.epoch_num = epoch_num
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: Any = None) -> "PyodAutoEncoder":
        """Fit to rows."""
        from pyod.models.auto_encoder import AutoEncoder

        self.detector_ = AutoEncoder(**self.get_params(), device="cpu", verbose=0).fit(X)
        return self

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Score rows."""
        return -self.detector_.decision_function(X)


def pyod_version() -> str:
    """The version of pyod, or "missing"."""
    try:
        return f"pyod {version('pyod')}"
    except PackageNotFoundError:
        return "missing"


def detectors(n_features: int, seed: int, quick: bool) -> Iterator[tuple[str, Any]]:
    """Names and detectors; autoencoders with a code of a quarter of the features, and of 64."""
    yield "IsolationForest", IsolationForest(random_state=seed)
    yield "LocalOutlierFactor", LocalOutlierFactor(novelty=True)
    yield "OneClassSVM", OneClassSVM()
    yield "PCA reconstruction", PCAReconstruction()
    shared = {"max_iter": 2 if quick else 100, "n_iter_no_change": None, "random_state": seed}
    for size, n_components in (("d/4", max(2, n_features // 4)), ("64", 64)):
        for alpha in ALPHAS:
            inner = ContractiveAutoencoder(n_components, alpha=alpha, **shared)
            yield f"autoencoder, {size}, alpha {alpha:g}", AutoencoderDetector(inner)
        inner = ContractiveAutoencoder(n_components, **shared)
        standardised = AutoencoderDetector(inner, standardize_errors=True)
        yield f"autoencoder, {size}, alpha 0.1, standardised", standardised
    if pyod_version() != "missing":
        for name, epochs in OF_PYOD.items():
            yield name, PyodAutoEncoder(2 if quick else epochs, seed)


def breast_cancer(seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Benign tumours are normal; 30 features."""
    X, y = load_breast_cancer(return_X_y=True)
    yield X[y == 1], X[y == 0]


def digits(seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One digit is normal, all others are not; 64 features."""
    X, y = load_digits(return_X_y=True)
    for digit in range(10):
        yield X[y == digit], X[y != digit]


def shuttle_like(seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Nine whole-numbered sensors of unequal scale that depend on three states, made with heavy tails.

    Half of the anomalies come from sensors that do not follow the others, half from
    states that are far out.
    """
    draw = np.random.RandomState(seed)
    mixing = draw.normal(size=(3, 9))
    scale = np.geomspace(2, 200, 9)[draw.permutation(9)]

    def sensors(states: np.ndarray) -> np.ndarray:
        clean = np.tanh(states @ mixing)
        return clean + 0.05 * draw.standard_t(3, size=clean.shape)

    normal = sensors(draw.normal(size=(2000, 3)))
    loose = sensors(draw.normal(size=(75, 3)))
    columns = draw.randint(9, size=75)
    loose[np.arange(75), columns] = normal[draw.randint(2000, size=75), columns]
    far = sensors(3 * draw.normal(size=(75, 3))) * 1.5
    yield np.round(normal * scale), np.round(np.vstack([loose, far]) * scale)


DATA = {"breast cancer": breast_cancer, "digits": digits, "shuttle-like": shuttle_like}
POLLUTION = {
    "breast cancer": 0,
    "breast cancer, 5 % polluted": 0.05,
    "digits": 0,
    "shuttle-like": 0,
}
"""The share of anomalies among the rows of the fit."""


def measures(is_odd: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """The area, and the average precision if anomalies were a tenth of the tested rows."""
    weight = np.where(is_odd, 0.1 / is_odd.mean(), 0.9 / (1 - is_odd.mean()))
    precision = average_precision_score(is_odd, scores, sample_weight=weight)
    return roc_auc_score(is_odd, scores), precision


def one_seed(name: str, seed: int, arguments: Namespace) -> list[dict]:
    """A row of the CSV for every detector; of pyod's with its version, for the machine does not tell it."""
    warnings.simplefilter("ignore")
    draw, found = np.random.RandomState(seed), {}
    for normal, odd in DATA[name.partition(",")[0]](seed):
        normal, odd = draw.permutation(normal), draw.permutation(odd)
        half = len(normal) // 2
        n_odd = round(POLLUTION[name] * half / (1 - POLLUTION[name]))
        train = np.vstack([normal[:half], odd[:n_odd]])
        test = np.vstack([normal[half:], odd[n_odd:]])
        is_odd = np.arange(len(test)) >= len(normal) - half
        for detector, estimator in detectors(normal.shape[1], seed, arguments.quick):
            scores = -make_pipeline(StandardScaler(), estimator).fit(train).score_samples(test)
            found.setdefault(detector, []).append(measures(is_odd, scores))
    rows = []
    for detector in [*found, *(other for other in OF_PYOD if other not in found)]:
        row = {"data": name, "detector": detector, "seed": seed}
        if detector in found:
            area, precision = np.mean(found[detector], axis=0)
            row |= {"AUC": f"{area:.4f}", "average precision": f"{precision:.4f}"}
        if detector in OF_PYOD:
            row["version"] = pyod_version()
        rows.append(row)
    return rows


def main() -> None:
    """Measure and write."""
    chosen = parser(__doc__.splitlines()[0], jobs=True).parse_args()
    seeds = range(1 if chosen.quick else N_SEEDS)
    names = ["shuttle-like"] if chosen.quick else list(POLLUTION)
    calls = [delayed(one_seed)(name, seed, chosen) for name in names for seed in seeds]
    save("detect", list(chain(*side_by_side(calls, chosen))), chosen)


if __name__ == "__main__":
    main()
