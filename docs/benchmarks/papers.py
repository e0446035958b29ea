"""The papers' tables on MNIST, measured again: errors of classifiers that start from contractive codes.

Run ``python docs/benchmarks/papers.py --data mnist.npz``. The first 50000 rows train, the
last 10000 of the 60000 validate, and the 10000 test rows are opened when every table that
was asked for has chosen its setting by the validation error. Every finished training adds
its row to papers.csv at once, and a run goes on where the last one stopped: what has a row
of the same setting is not trained again. ``--untested`` ends before the test rows are
opened, so that grids can still grow. Runs of other ``--tables`` may share the CSV.
"""

import csv
import os
import sys
import tempfile
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from hashlib import sha256
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import joblib
import numpy as np
from _common import HERE, machine, mnist, parser
from joblib import Parallel, delayed
from scipy.ndimage import rotate
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, FinetunedClassifier
from skcae.inspection import contraction, saturation

IDENTITY = ("stage", "table", "method", "data", "rows", "labels", "draw", "setting")
"""Columns that say which training a row is of."""
MEASURED = (
    "reconstruction",
    "contraction",
    "saturated %",
    "validation error %",
    "test error %",
    "published error %",
    "published contraction",
    "published saturated %",
    "seconds",
)
COLUMNS = (*IDENTITY, *MEASURED, "machine", "date")
LAYER_MEASURES = ("contraction", "saturated %")
PUBLISHED = {
    ("supervised", "CAE", "all"): (1.14, 57, 86),
    ("supervised", "DAE-g", "all"): (1.18, 67, 18),
    ("supervised", "DAE-b", "all"): (1.57, 617, 68),
    ("supervised", "AE+wd", "all"): (1.68, 392, 13),
    ("supervised", "AE", "all"): (1.78, 1372, 50),
    ("few labels", "CAE", 100): (13.47,),
    ("few labels", "CAE", 600): (6.3,),
    ("few labels", "CAE", 1000): (4.77,),
    ("few labels", "CAE", 3000): (3.22,),
    ("few labels", "MTC", 100): (12.03,),
    ("few labels", "MTC", 600): (5.13,),
    ("few labels", "MTC", 1000): (3.64,),
    ("few labels", "MTC", 3000): (2.57,),
    ("neighbours", "pixels", 1000): (13.1,),
    ("neighbours", "1 layer", 1000): (9.45,),
    ("neighbours", "2 layers", 1000): (8.85,),
    ("deep", "CAE", "all"): (1.04,),
    ("deep", "MTC", "all"): (0.81,),
    ("variants", "basic", "all"): (2.48,),
    ("variants", "rot", "all"): (9.66,),
    ("variants", "bg-rand", "all"): (10.9,),
    ("variants", "rect", "all"): (1.21,),
}
"""Test error in percent, mean squared norm of the Jacobian, saturated units in percent.

The paper gives the norm divided by the size of the Jacobian, 784 x 1000."""


class Sizes(NamedTuple):
    """What is smaller if it is quick."""

    n_validation: int = 10000
    n_units: int = 1000
    n_deep: int = 2000
    epochs: int = 10
    """Of an autoencoder."""
    tuning: int = 10
    """Epochs of fine-tuning from all labels."""
    tuning_few: int = 50
    n_tangents: int = 15
    labels: tuple[int, ...] = (100, 600, 1000, 3000)
    n_draws: int = 5
    """Draws of the rows that have a label."""
    variant: tuple[int, int, int] = (10000, 2000, 50000)
    """Rows to train on, to validate on and to test on, of the sets made here."""


QUICK = Sizes(200, 8, 6, 1, 1, 1, 4, (20, 50), 2, (200, 50, 50))


class Data(NamedTuple):
    """Rows in [0, 1], split."""

    X: np.ndarray
    y: np.ndarray
    X_validation: np.ndarray
    y_validation: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


class Candidate(NamedTuple):
    """A classifier to train: of those of one method and number of labels, one is chosen."""

    table: str
    method: str
    layers: tuple[Any, ...]
    """Unfitted, each to be fitted on the codes of the one before."""
    head: Any
    """Unfitted; a FinetunedClassifier gets the layers as its encoder, others get the codes."""
    labels: int | str = "all"
    """Number of rows that have a label."""
    draw: int = 0
    data: str = "mnist"

    @property
    def setting(self) -> str:
        """Every parameter that is not the default, of all layers and the head."""
        return words(*self.layers, self.head)


def words(*estimators: Any) -> str:
    """Estimators with the parameters that are not the defaults, as one line."""
    return " > ".join(" ".join(repr(one).split()) for one in estimators)


def contractive(sizes: Sizes, alpha: float, **given: Any) -> ContractiveAutoencoder:
    """One as in the papers: a logistic layer, tied weights, cross-entropy."""
    return ContractiveAutoencoder(alpha=alpha, **shared(sizes) | given)


def denoising(sizes: Sizes, corruption: str, level: float, **given: Any) -> DenoisingAutoencoder:
    """The same, with a corrupted input."""
    given = {"corruption": corruption, "corruption_level": level} | given
    return DenoisingAutoencoder(**shared(sizes) | given)


def shared(sizes: Sizes) -> dict[str, Any]:
    """The parameters of all autoencoders."""
    return {
        "n_components": sizes.n_units,
        "loss": "cross_entropy",
        "learning_rate_init": 0.01,
        "max_iter": sizes.epochs,
        "n_iter_no_change": None,
        "random_state": 0,
    }


def supervised(sizes: Sizes) -> Iterator[Candidate]:
    """ICML 2011, table 1: 1000 units, two settings of every method.

    Fine-tuned for 10, 20 and 50 epochs, and for 50 with dropout at two rates.
    """
    grids = {
        "CAE": [contractive(sizes, alpha) for alpha in (0.1, 1)],
        "DAE-g": [denoising(sizes, "gaussian", level) for level in (0.25, 0.5)],
        "DAE-b": [denoising(sizes, "masking", level) for level in (0.25, 0.5)],
        "AE+wd": [contractive(sizes, 0, weight_decay=decay) for decay in (1e-4, 1e-3)],
        "AE": [contractive(sizes, 0, learning_rate_init=rate) for rate in (0.003, 0.01)],
    }
    longest = 5 * sizes.tuning
    heads = [
        FinetunedClassifier(C=0.1, random_state=0, **given)
        for given in (
            {"max_iter": sizes.tuning},
            {"max_iter": 2 * sizes.tuning},
            {"max_iter": longest},
            {"max_iter": longest, "dropout": 0.25},
            {"max_iter": longest, "dropout": 0.25, "learning_rate_init": 0.003},
        )
    ]
    for head, (method, encoders) in product(heads, grids.items()):
        for encoder in encoders:
            yield Candidate("supervised", method, (encoder,), head)


def few(sizes: Sizes) -> Iterator[Candidate]:
    """MTC, table 2, CAE: one layer of two widths, few labels; frozen codes and fine-tuned ones."""
    frozen = [FinetunedClassifier(C=C, fine_tune=False) for C in (0.1, 1, 10)]
    tuned = FinetunedClassifier(
        C=1, learning_rate_init=1e-4, max_iter=sizes.tuning_few, random_state=0
    )
    narrow, wide = sizes.n_units, 2 * sizes.n_units
    dropped = clone(tuned).set_params(C=10, learning_rate_init=1e-3, dropout=0.5)
    for n_units, alphas, heads in ((narrow, (1, 3, 10), [tuned]), (wide, (1,), [tuned, dropped])):
        encoders = [contractive(sizes, alpha, n_components=n_units) for alpha in alphas]
        for encoder, head in [*product(encoders, frozen), *product(encoders[:1], heads)]:
            for n_labels, draw in product(sizes.labels, range(sizes.n_draws)):
                yield Candidate("few labels", "CAE", (encoder,), head, n_labels, draw)


def tangents(sizes: Sizes) -> Iterator[Candidate]:
    """MTC, table 2, MTC: the same with tangents, of the labelled rows or of all 50000.

    With the fewest labels also the exact term, from the narrow layer: that takes several times as long. One
    setting has two narrow layers: the paper's classifier is a stack.
    """
    narrow, wide = (contractive(sizes, 1, n_components=n * sizes.n_units) for n in (1, 2))
    shared = {
        "C": 10,
        "n_tangents": sizes.n_tangents,
        "learning_rate_init": 3e-4,
        "max_iter": sizes.tuning_few,
        "random_state": 0,
    }
    of_all = {"tangent_rows": "all", "learning_rate_init": 3e-3, "max_iter": sizes.tuning}
    stacks: list[tuple[tuple[Any, ...], tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
        ((narrow,), sizes.labels[:1], (10, 100), {"tangent_draws": None}),
        ((wide,), sizes.labels, (10, 100), {}),
        ((narrow, narrow), sizes.labels, (10,), {}),
        ((narrow,), sizes.labels, (10,), of_all),
        ((narrow,), sizes.labels[:1], (10,), of_all | {"learning_rate_init": 1e-3}),
    ]
    for layers, labels, strengths, changes in stacks:
        for n_labels, draw, strength in product(labels, range(sizes.n_draws), strengths):
            head = FinetunedClassifier(tangent_strength=strength, **shared | changes)
            yield Candidate("few labels", "MTC", layers, head, n_labels, draw)


def neighbours(sizes: Sizes) -> Iterator[Candidate]:
    """MTC, table 1: nearest neighbours on pixels and on codes, 1000 labels."""
    n_labels = min(1000, max(sizes.labels))
    for draw in range(sizes.n_draws):
        stacks: dict[str, list[tuple[Any, ...]]] = {
            "pixels": [()],
            "1 layer": [(contractive(sizes, alpha),) for alpha in (1, 3)],
            "2 layers": [(contractive(sizes, alpha),) * 2 for alpha in (1, 3)],
        }
        for method, stack in stacks.items():
            for layers, k in product(stack, (1, 3, 5)):
                head = KNeighborsClassifier(k)
                yield Candidate("neighbours", method, layers, head, n_labels, draw)


def deep(sizes: Sizes) -> Iterator[Candidate]:
    """MTC, table 3, CAE: 2 layers of 2000 units, all labels."""
    return (_deep(sizes, "CAE", alpha) for alpha in (0.3, 1))


def deep_tangents(sizes: Sizes) -> Iterator[Candidate]:
    """MTC, table 3, MTC: the better of these alphas, with the tangents of all rows."""
    given = {"n_tangents": sizes.n_tangents, "tangent_strength": 1}
    yield _deep(sizes, "MTC", 0.3, **given)


def _deep(sizes: Sizes, method: str, alpha: float, **given: Any) -> Candidate:
    layers = (contractive(sizes, alpha, n_components=sizes.n_deep),) * 2
    head = FinetunedClassifier(C=0.1, max_iter=sizes.tuning, random_state=0, **given)
    return Candidate("deep", method, layers, head)


def variants(sizes: Sizes) -> Iterator[Candidate]:
    """ICML 2011, table 2: 2 layers on sets made here, of a fifth of the rows for five times the epochs.

    Fine-tuned without dropout, and with. Where the best alpha was the first or the last, others follow.
    """
    further = {"basic": (3,), "rot": (0.03,), "bg-rand": (0.03, 3, 10)}
    plain = FinetunedClassifier(C=0.1, max_iter=sizes.tuning_few, random_state=0)
    dropped = clone(plain).set_params(dropout=0.25, learning_rate_init=0.003)
    for name in VARIANTS:
        for alpha, head in product((0.1, 0.3, 1, *further.get(name, ())), (plain, dropped)):
            layers = (contractive(sizes, alpha, max_iter=5 * sizes.epochs),) * 2
            yield Candidate("variants", name, layers, head, data=name)


TABLES: dict[str, Callable[[Sizes], Iterator[Candidate]]] = {
    "supervised": supervised,
    "few-labels": few,
    "tangents": tangents,
    "neighbours": neighbours,
    "deep": deep,
    "deep-tangents": deep_tangents,
    "variants": variants,
}


def rotated(X: np.ndarray, draw: np.random.RandomState) -> np.ndarray:
    """Every image turned by an angle of its own."""
    turned = (
        rotate(image.reshape(28, 28), draw.uniform(360), reshape=False, order=1) for image in X
    )
    return np.stack([image.ravel() for image in turned]).clip(0, 1)


def on_noise(X: np.ndarray, draw: np.random.RandomState) -> np.ndarray:
    """Uniform noise where there is no ink."""
    return np.where(X > 0, X, draw.uniform(size=X.shape)).astype(X.dtype)


def rectangles(n_rows: int, draw: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Outlines of rectangles, and whether each is taller than wide, by three pixels or more."""
    X, y = np.zeros((n_rows, 28, 28), np.float32), np.zeros(n_rows, int)
    for row in range(n_rows):
        height = width = 0
        while abs(height - width) < 3:
            height, width = draw.randint(3, 27, size=2)
        top, left = draw.randint(28 - height), draw.randint(28 - width)
        X[row, top : top + height + 1, [left, left + width]] = 1
        X[row, [top, top + height], left : left + width + 1] = 1
        y[row] = height > width
    return X.reshape(n_rows, -1), y


VARIANTS: dict[str, Callable[[np.ndarray, np.random.RandomState], np.ndarray] | None] = {
    "basic": lambda X, draw: X,
    "rot": rotated,
    "bg-rand": on_noise,
    "rect": None,
}
"""What is done to the pixels; None makes rectangles instead."""


def load(name: str, sizes: Sizes, arguments: Namespace) -> Data:
    """MNIST, or one of the sets made of it."""
    X, y, X_test, y_test = mnist(arguments)
    cuts = [len(X) - sizes.n_validation, len(X)]
    X, y = np.concatenate([X, X_test]), np.concatenate([y, y_test])
    if name != "mnist":
        draw, change = np.random.RandomState(0), VARIANTS[name]
        if change is None:
            X, y = rectangles(sum(sizes.variant), draw)
        else:
            index = draw.permutation(len(X))[: sum(sizes.variant)]
            X, y = change(X[index], draw), y[index]
        cuts = list(np.cumsum(sizes.variant)[:2])
    parts = zip(np.split(X, cuts), np.split(y, cuts), strict=True)
    return Data(*(array for part in parts for array in part))


class Book:
    """The CSV, to which every finished training adds its row."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        if not self.path.exists():
            self._append(dict(zip(COLUMNS, COLUMNS, strict=True)))
        with self.path.open(newline="") as file:
            self.rows = {identity(row): row for row in csv.DictReader(file)}

    def add(self, row: dict[str, Any]) -> None:
        """Add a row."""
        row = {name: str(row.get(name, "")) for name in COLUMNS}
        self.rows[identity(row)] = row
        self._append(row)

    def _append(self, row: dict[str, Any]) -> None:
        with self.path.open("a", newline="") as file:  # a line is one write: runs may share it
            csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow(row)


def identity(row: dict[str, Any]) -> tuple[str, ...]:
    """Which training a row is of."""
    return tuple(str(row.get(name, "")) for name in IDENTITY)


class Task(NamedTuple):
    """A training, with the columns that say which it is."""

    row: dict[str, Any]
    run: Callable[..., dict[str, Any]]
    arguments: tuple[Any, ...]
    cost: float
    """Rows that pass, in units of those of pretraining."""


def file_of(folder: Path, data: str, X: np.ndarray, layers: tuple[Any, ...]) -> Path:
    """Where the last of these layers is kept."""
    text = f"{data} {len(X)} {words(*layers)}"
    return folder / f"{sha256(text.encode()).hexdigest()[:24]}.joblib"


def encoder_of(folder: Path, data: str, X: np.ndarray, layers: tuple[Any, ...]) -> Any:
    """The fitted layers, frozen; of none, what leaves the pixels as they are."""
    depths = range(1, len(layers) + 1)
    fitted = [joblib.load(file_of(folder, data, X, layers[:depth])) for depth in depths]
    return FrozenEstimator(make_pipeline(*fitted)) if fitted else "passthrough"


def pretrain(folder: Path, name: str, data: Data, layers: tuple[Any, ...]) -> dict[str, Any]:
    """Fit the last of these layers on the codes of those before."""
    X, X_validation = data.X, data.X_validation
    if layers[:-1]:
        below = encoder_of(folder, name, data.X, layers[:-1])
        X, X_validation = below.transform(X), below.transform(X_validation)
    start = perf_counter()
    fitted = clone(layers[-1]).fit(X)
    found: dict[str, Any] = {"seconds": round(perf_counter() - start, 1)}
    if not isinstance(fitted, StandardScaler):
        found |= {
            "reconstruction": round(-fitted.score(X_validation), 3),
            "contraction": round(float(contraction(fitted, X_validation).mean()), 2),
            "saturated %": round(100 * float(saturation(fitted, X_validation).mean()), 2),
        }
    keep(fitted, file_of(folder, name, data.X, layers))
    return found


def classify(folder: Path, data: Data, candidate: Candidate, test: bool) -> dict[str, Any]:
    """Train a candidate from the labels that it has, and validate it or test it."""
    start = perf_counter()
    path = file_of(folder, candidate.data, data.X, (*candidate.layers, candidate.head))
    if path.exists():
        fitted = joblib.load(path)
    else:
        fitted = fit(folder, data, candidate)
        if candidate.labels == "all":  # the others are trained again sooner than they are kept
            keep(fitted, path)
    found = {"seconds": round(perf_counter() - start, 1)}
    parts = {"validation error %": (data.X_validation, data.y_validation)}
    if test:
        parts["test error %"] = (data.X_test, data.y_test)
    return found | {name: round(100 * (1 - fitted.score(*part)), 3) for name, part in parts.items()}


def fit(folder: Path, data: Data, candidate: Candidate) -> Any:
    """A candidate, fitted to the rows that have a label; its layers have seen all rows."""
    index = np.arange(len(data.y))
    if candidate.labels != "all":
        index, _ = train_test_split(
            index, train_size=candidate.labels, stratify=data.y, random_state=candidate.draw
        )
    X, y, head = data.X[index], data.y[index], clone(candidate.head)
    if getattr(head, "tangent_rows", "") == "all":
        X, y = data.X, np.full(len(data.y), -1)
        y[index] = data.y[index]
        head.set_params(memory=joblib.Memory(folder / "tangents", verbose=0))
    encoder = encoder_of(folder, candidate.data, data.X, candidate.layers)
    if isinstance(head, FinetunedClassifier):
        head.set_params(encoder=encoder)
    else:
        head = make_pipeline(encoder, head)
    return head.fit(X, y)


def keep(fitted: Any, path: Path) -> None:
    """Write a file that is whole or not there."""
    part = path.with_suffix(f".{os.getpid()}")
    joblib.dump(fitted, part)
    part.replace(path)


class Run:
    """Trains what the book does not have, and says how long the rest will take."""

    def __init__(
        self, sizes: Sizes, arguments: Namespace, folder: Path, name: str = "papers"
    ) -> None:
        self.sizes, self.arguments = sizes, arguments
        self.book = Book(folder / f"{name}.csv")
        self.folder = arguments.layers or folder / "papers_layers"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data: dict[str, Data] = {}
        self.start, self.spent = perf_counter(), 0.0
        self.expected: dict[tuple[str, ...], float] = {}
        """The cost of everything that is still to be trained before the test."""

    def data_of(self, name: str) -> Data:
        """A set of rows, loaded once."""
        if name not in self.data:
            self.data[name] = load(name, self.sizes, self.arguments)
        return self.data[name]

    def layer(self, name: str, layers: tuple[Any, ...]) -> Task:
        """The training of the last of these layers."""
        data = self.data_of(name)
        row = {"stage": "pretraining", "data": name, "rows": len(data.X), "setting": words(*layers)}
        return Task(
            row, pretrain, (self.folder, name, data, layers), len(data.X) * epochs(layers[-1])
        )

    def classifier(self, candidate: Candidate, test: bool = False) -> Task:
        """The training of a candidate."""
        data = self.data_of(candidate.data)
        n_labels = len(data.X) if candidate.labels == "all" else candidate.labels
        stage = "test" if test else "validation"
        row = candidate._asdict() | {"stage": stage, "rows": len(data.X)}
        row["setting"] = candidate.setting
        if test:
            row |= self.beside(candidate)
        cost = n_labels * epochs(candidate.head) / 2 + len(data.X_validation)
        return Task(row, classify, (self.folder, data, candidate, test), cost)

    def beside(self, candidate: Candidate) -> dict[str, Any]:
        """The published figures, and what the book has of the layer, if there is one."""
        figures = PUBLISHED.get((candidate.table, candidate.method, candidate.labels), ())
        names = ("published error %", "published contraction", "published saturated %")
        found: dict[str, Any] = dict(zip(names, figures, strict=False))
        if len(candidate.layers) == 1:
            row = self.book.rows[identity(self.layer(candidate.data, candidate.layers).row)]
            found |= {name: row[name] for name in LAYER_MEASURES}
        return found

    def phases(self, candidates: Iterable[Candidate], test: bool = False) -> Iterator[list[Task]]:
        """Tasks that may run side by side, of candidates without a row: layers by depth, classifiers."""
        tasks = [(one, self.classifier(one, test)) for one in candidates]
        lacking = [one for one, task in tasks if identity(task.row) not in self.book.rows]
        for depth in range(1, 1 + max((len(one.layers) for one in lacking), default=0)):
            stacks = [(one.data, one.layers[:depth]) for one in lacking if one.layers[depth - 1 :]]
            yield self.untrained(stacks)
        yield [self.classifier(one, test) for one in lacking]

    def untrained(self, stacks: list[tuple[str, tuple[Any, ...]]]) -> list[Task]:
        """Stacks whose last layer has no row, or is not kept, each once."""
        found = {}
        for name, layers in stacks:
            task = self.layer(name, layers)
            kept = file_of(self.folder, name, self.data_of(name).X, layers).exists()
            if not kept or identity(task.row) not in self.book.rows:
                found[identity(task.row)] = task
        return list(found.values())

    def do(self, tasks: list[Task]) -> None:
        """Train, ``--jobs`` at a time."""
        parallel = Parallel(self.arguments.jobs, return_as="generator_unordered")
        calls = (delayed(numbered)(place, task) for place, task in enumerate(tasks))
        for place, found in parallel(calls):
            task = tasks[place]
            where = {"machine": machine(), "date": date.today().isoformat()}
            self.book.add(task.row | found | where)
            self.spent += task.cost
            self.expected.pop(identity(task.row), None)
            minutes = (perf_counter() - self.start) / 60
            left = minutes * sum(self.expected.values()) / max(self.spent, 1)
            said = ", ".join(str(task.row[name]) for name in IDENTITY if task.row.get(name))
            figures = ", ".join(f"{name} {value}" for name, value in found.items())
            tell(f"{minutes:.1f} min, {left:.0f} left: {said}: {figures}")

    def chosen(self, candidates: list[Candidate]) -> list[Candidate]:
        """Of every method and number of labels the setting of lowest mean validation error."""
        errors: dict[tuple[Any, ...], dict[str, list[float]]] = {}
        for one in candidates:
            row = self.book.rows[identity(self.classifier(one).row)]
            of_method = errors.setdefault((one.table, one.method, one.labels), {})
            of_method.setdefault(one.setting, []).append(float(row["validation error %"]))
        best = {
            group: min(found, key=lambda setting: np.mean(found[setting]))
            for group, found in errors.items()
        }
        return [one for one in candidates if one.setting == best[one.table, one.method, one.labels]]


def numbered(place: int, task: Task) -> tuple[int, dict[str, Any]]:
    """What a task found, with its place in the list."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    return place, task.run(*task.arguments)


def epochs(estimator: Any) -> float:
    """Passes over the rows; where there is no training, hardly any."""
    trains = getattr(estimator, "fine_tune", hasattr(estimator, "max_iter"))
    return estimator.max_iter if trains else 0.1


def wanted(arguments: Namespace, candidate: Candidate) -> tuple[int | str, ...]:
    """The numbers of labels that were asked for; by default any."""
    return ("all", *arguments.labels) if arguments.labels else (candidate.labels,)


def tell(line: str) -> None:
    """Print a line of progress."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Train what is missing, choose, test, and print what was chosen."""
    parse = parser(__doc__.splitlines()[0], data=True, jobs=True)
    parse.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parse.add_argument(
        "--untested", action="store_true", help="end before the test rows are opened"
    )
    parse.add_argument("--layers", metavar="DIR", type=Path, help="where trained layers are kept")
    parse.add_argument("--labels", nargs="+", type=int, help="only these numbers of few labels")
    arguments = parse.parse_args()
    sizes = QUICK if arguments.quick else Sizes()
    with tempfile.TemporaryDirectory() as nowhere:
        run = Run(sizes, arguments, arguments.out or (Path(nowhere) if arguments.quick else HERE))
        tables = {
            name: [one for one in TABLES[name](sizes) if one.labels in wanted(arguments, one)]
            for name in arguments.tables
        }
        for candidates in tables.values():
            for tasks in run.phases(candidates):
                run.expected |= {identity(task.row): task.cost for task in tasks}
        for candidates in tables.values():
            for tasks in run.phases(candidates):
                run.do(tasks)
        chosen = [one for candidates in tables.values() for one in run.chosen(candidates)]
        if not arguments.untested:
            for tasks in run.phases(chosen, test=True):
                run.do(tasks)
        for one in chosen:
            row = run.book.rows[identity(run.classifier(one, test=not arguments.untested).row)]
            print("  ".join(row[name] for name in (*IDENTITY, *MEASURED) if row[name]))


if __name__ == "__main__":
    main()
