"""What contraction is worth: eight kinds of codes under one protocol, where few rows have a label.

``python docs/benchmarks/worth.py --data mnist.npz``

Encoders learn from all training rows, without labels. What is behind them learns from
the rows that have a label. Every method has a grid of its own, all of the same size;
cross-validation on the labelled rows chooses from it, together with the parameter of
the classifier. Test rows serve once, for what is written. The run takes about 90
minutes of one core; interrupted, it goes on where it was.
"""

import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from itertools import product
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from _candidates import METHODS, VARIANCE, Codes
from _common import HERE, parser, write
from _findings import CHOICE, FIRST_HEAD, read_rows, report
from _sets import CONDITIONS, SETS, Split, load
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.svm import SVC

from skcae import (
    ContractiveAutoencoderCV,
    contractive_path,
)
from skcae.metrics import denoising_score

LABELS = [50, 100, 300, 1000, 3000]
OTHERS_AT = [100, 1000]
"""Numbers of labels of k-NN, RBF-SVM and k-means; the latter at the first alone."""
QUICK_SETS = ["rectangles", "MNIST-rot"]
SEMI_AT = [50, 100, 300]
"""Of what learns from unlabelled rows itself."""
SEMI_METHODS, N_UNLABELLED = ["raw", "contractive"], 2000
ADVERSARIAL, N_ATTACKED = 0.05, 2000
"""How far each value of a test row goes where the log-loss grows, and on how many rows."""
N_ALPHA_ROWS, N_ALPHA_UNITS, ALPHA_EPOCHS = 3000, 256, 40
"""The most of each where alphas are compared, with more than 3000 rows."""

# Classifiers: of a parameter; what codes with knobs of their own try, and what raw rows try

CS, CS_OF_RAW = [0.03, 0.3, 3], [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]
FACTORS = [0.3, 1.0, 3.0]


def svm(parameters: tuple[float, float]) -> SVC:
    """C, and the width of the kernel: the factor of gamma="scale"."""
    C, factor = parameters
    return SVC(C=C, kernel=partial(rbf_kernel, gamma=factor / VARIANCE))


HEADS: dict[str, tuple[Callable, list, list]] = {
    FIRST_HEAD: (lambda C: LogisticRegression(C=C, max_iter=500), CS, CS_OF_RAW),
    "k-NN": (lambda k: KNeighborsClassifier(k, algorithm="brute"), [1, 3, 5], list(range(1, 10))),
    "RBF-SVM": (
        svm,
        list(product([10], FACTORS)),
        list(product([1, 10, 100], FACTORS)),
    ),
}


class Choice(NamedTuple):
    """What cross-validation chose, fitted to all labelled rows."""

    codes: Codes
    parameter: Any
    classifier: BaseEstimator

    @property
    def words(self) -> str:
        return f"{self.codes.words}; {self.parameter}".removeprefix("; ")

    def score(self, condition: str = "clean") -> float:
        return self.classifier.score(self.codes.under(condition), self.codes.split.y_test)


def folds(y: np.ndarray, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Five; three above 300 rows; a third held out above 1000."""
    splitter: Any = StratifiedKFold(5 if len(y) <= 300 else 3, shuffle=True, random_state=seed)
    if len(y) > 1000:
        splitter = StratifiedShuffleSplit(1, test_size=1 / 3, random_state=seed)
    return list(splitter.split(y, y))


def in_their_span(codes: np.ndarray) -> np.ndarray:
    """The same rows in coordinates of the space that they span, which is smaller where they are few.

    Distances are the same, and so is a penalty on the norm of coefficients.
    """
    if len(codes) >= codes.shape[1]:
        return codes.astype(np.float64)
    return np.linalg.qr(codes.T.astype(np.float64), mode="r").T


def cross_validated(make: Callable, parameters: list, codes: np.ndarray, y: np.ndarray, seed: int):
    """The accuracy of every parameter on every fold, (n_parameters, n_folds)."""
    codes, splits = in_their_span(codes), folds(y, seed)
    return np.array(
        [
            [
                make(value).fit(codes[train], y[train]).score(codes[test], y[test])
                for train, test in splits
            ]
            for value in parameters
        ]
    )


def choose(head: str, candidates: list[Codes], rows: np.ndarray, seed: int) -> Choice:
    """The best candidate and parameter; of equals the first."""
    make, values, values_of_raw = HEADS[head]
    y, found = candidates[0].split.y[rows], []
    for codes in candidates:
        parameters = values if codes.words else values_of_raw
        means = cross_validated(make, parameters, codes.train[rows], y, seed).mean(1).round(9)
        found += [(mean, codes, value) for mean, value in zip(means, parameters, strict=True)]
    _, codes, value = max(found, key=lambda one: one[0])
    return Choice(codes, value, make(value).fit(codes.train[rows].astype(np.float64), y))


def labelled(split: Split, n_labels: int, seed: int) -> np.ndarray:
    """The rows of one draw that have a label, stratified."""
    rows = np.arange(len(split.y))
    return train_test_split(rows, train_size=n_labels, stratify=split.y, random_state=seed)[0]


def sizes(split: Split, wanted: list[int]) -> list[int]:
    """Numbers of labels that leave some rows without."""
    return [n for n in wanted if n <= 0.9 * len(split.y)]


def adversarial(choice: Choice) -> float:
    """The accuracy on rows that took one step along the sign of the gradient of their log-loss."""
    codes, split = choice.codes, choice.codes.split
    step = max(1, len(split.X_test) // N_ATTACKED)
    X, y = split.X_test[::step], split.y_test[::step]
    missed = choice.classifier.predict_proba(codes.of(X)) - (y[:, None] == np.unique(split.y))
    missed = missed[:, 1:] if missed.shape[1] == 2 else missed
    gradient = codes.gradient(X, missed @ choice.classifier.coef_)
    moved = (X + ADVERSARIAL * np.sign(gradient)).astype(np.float32)
    return choice.classifier.score(codes.of(moved), y)


def found_again(choice: Choice, seed: int) -> float:
    """The adjusted Rand index of k-means on codes of the test rows and their classes."""
    y = choice.codes.split.y_test
    clusters = KMeans(len(np.unique(y)), n_init=3, random_state=seed)
    return adjusted_rand_score(y, clusters.fit_predict(choice.codes.under("clean")))


def semi_supervised(choice: Choice, rows: np.ndarray, seed: int) -> dict[str, float]:
    """Classifiers that learn from some unlabelled rows too, on the codes chosen."""
    codes, split = choice.codes, choice.codes.split
    others = np.setdiff1d(np.arange(len(split.y)), rows)
    others = np.random.RandomState(seed).permutation(others)[:N_UNLABELLED]
    both = np.concatenate([rows, others])
    y = np.where(np.arange(len(both)) < len(rows), split.y[both], -1)
    n_neighbors = min(7, len(both) - 1)
    spreading = LabelSpreading(kernel="knn", n_neighbors=n_neighbors, alpha=0.2, max_iter=100)
    training = SelfTrainingClassifier(HEADS[FIRST_HEAD][0](choice.parameter), max_iter=5)
    return {
        name: estimator.fit(codes.train[both], y).score(codes.under("clean"), split.y_test)
        for name, estimator in (("LabelSpreading", spreading), ("SelfTraining", training))
    }


def umap_neighbours(choice: Choice, rows: np.ndarray, seed: int) -> float:
    """UMAP of raw rows, labelled and not, and the nearest neighbour in it."""
    from umap import UMAP

    codes, y = choice.codes, choice.codes.split.y
    others = np.random.RandomState(seed).permutation(len(y))[: 2 * N_UNLABELLED]
    reducer = UMAP(n_components=10, random_state=seed).fit(codes.train[np.union1d(rows, others)])
    nearest = KNeighborsClassifier(1).fit(reducer.transform(codes.train[rows]), y[rows])
    return nearest.score(reducer.transform(codes.under("clean")), codes.split.y_test)


Found = dict[tuple[int, str], dict[str, list]]
"""By number of labels and head: what was chosen and the scores under each condition, by draw."""


def of_draw(
    method: str, candidates: list[Codes], wanted: list[int], seed: int, found: Found
) -> None:
    """Choose and test with every number of labels."""
    split = candidates[0].split

    def keep(n_labels: int, head: str, words: str, **scores: float) -> None:
        for name, value in (scores | {"chosen": words}).items():
            found[n_labels, head].setdefault(name, []).append(value)

    for n_labels in sizes(split, wanted):
        rows = labelled(split, n_labels, seed)
        choice = choose(FIRST_HEAD, candidates, rows, seed)
        names = [name for name in CONDITIONS if name != "shifted" or split.shape]
        scores = {name: choice.score(name) for name in names}
        keep(n_labels, FIRST_HEAD, choice.words, **scores, adversarial=adversarial(choice))
        if n_labels in OTHERS_AT:
            for head in list(HEADS)[1:]:
                other = choose(head, candidates, rows, seed)
                scores = {name: other.score(name) for name in ("clean", "noise 0.3")}
                keep(n_labels, head, other.words, **scores)
        if n_labels == OTHERS_AT[0]:
            keep(n_labels, "k-means", choice.codes.words, clean=found_again(choice, seed))
        if n_labels in SEMI_AT and method in SEMI_METHODS:
            for head, score in semi_supervised(choice, rows, seed).items():
                keep(n_labels, head, choice.words, clean=score)
        if n_labels == OTHERS_AT[0] and method == "raw":
            if find_spec("umap"):
                keep(n_labels, "UMAP + k-NN", "", clean=umap_neighbours(choice, rows, seed))
            else:
                found[n_labels, "UMAP + k-NN"]["chosen"] = ["not installed"]


def shared_parameters(name: str, arguments: Namespace, seed: int) -> dict[str, Any]:
    """What all autoencoders of a set have in common."""
    kind = SETS[name]
    return {
        "n_components": 8 if arguments.quick else kind.n_components,
        "max_iter": 2 if arguments.quick else max(1, round(kind.epochs * arguments.longer)),
        "loss": "cross_entropy",
        "n_iter_no_change": None,
        "random_state": seed,
    }


def of_method(name: str, method: str, arguments: Namespace) -> Found:
    """All draws of one method on one set."""
    found: Found = defaultdict(dict)
    candidates: list[Codes] = []
    for seed in range(arguments.draws):
        if SETS[name].drawn or not candidates:
            split = load(name, seed, arguments)
            settings = METHODS[method](split.X, shared_parameters(name, arguments, seed))
            candidates = [
                Codes(words, encoder, split)
                for (words, encoder), _ in zip(settings, range(arguments.candidates), strict=False)
            ]
        of_draw(method, candidates, arguments.labels, seed, found)
    return found


# The choice of alpha

RULES: dict[str, Callable[..., int]] = {
    "best in hindsight": lambda accuracy, *_: accuracy.argmax(),
    "labels": lambda accuracy, by_fold, denoising: by_fold.mean(1).round(9).argmax(),
    "labels, one standard error": lambda accuracy, by_fold, denoising: largest_alike(by_fold),
    "denoising score": lambda accuracy, by_fold, denoising: denoising[1.0],
    "denoising score, noise 0.5": lambda accuracy, by_fold, denoising: denoising[0.5],
    "denoising score, noise 2": lambda accuracy, by_fold, denoising: denoising[2.0],
    "middle of the grid": lambda accuracy, *_: len(accuracy) // 2,
}
"""Which of the alphas is taken: from accuracies on test rows, on folds of labelled ones, and without labels."""


def largest_alike(by_fold: np.ndarray) -> int:
    """The largest alpha whose mean is within a standard error of the best."""
    means = by_fold.mean(1)
    best = means.argmax()
    error = by_fold[best].std(ddof=1) / np.sqrt(by_fold.shape[1])
    return int(np.flatnonzero(means >= means[best] - error)[-1])


def of_alphas(name: str, arguments: Namespace) -> Found:
    """What each rule for alpha leads to, from few labels and without; encoders are shared by the draws."""
    split = load(name, 0, arguments)
    shared = shared_parameters(name, arguments, 0)
    if len(split.X) > N_ALPHA_ROWS:
        split = split._replace(X=split.X[:N_ALPHA_ROWS], y=split.y[:N_ALPHA_ROWS])
        shared["max_iter"] = min(ALPHA_EPOCHS, 2 if arguments.quick else ALPHA_EPOCHS)
    shared["n_components"] = min(N_ALPHA_UNITS, shared["n_components"])
    found: Found = defaultdict(dict)
    chosen = {
        noise: ContractiveAutoencoderCV(
            cv=3, scoring=partial(denoising_score, noise=noise), **shared
        ).fit(split.X)
        for noise in (1.0,)
    }
    alphas = chosen[1.0].alphas_
    path = contractive_path(split.X, alphas, **shared)
    denoising = {1.0: chosen[1.0].best_index_}
    for noise in (0.5, 2.0):
        scores = [denoising_score(cae, split.X_test[:N_ALPHA_ROWS], noise=noise) for cae in path]
        denoising[noise] = int(np.argmax(scores))
    make, values, _ = HEADS[FIRST_HEAD]
    candidates = [Codes(f"alpha {cae.alpha:g}", cae, split) for cae in path]
    few = [n for n in sizes(split, arguments.labels) if n in SEMI_AT]
    for seed, n_labels in product(range(arguments.draws), few):
        rows = labelled(split, n_labels, seed)
        by_fold, accuracy = [], []
        for codes in candidates:
            scores = cross_validated(make, values, codes.train[rows], split.y[rows], seed)
            best = scores.mean(1).round(9).argmax()
            by_fold.append(scores[best])
            classifier = make(values[best]).fit(codes.train[rows], split.y[rows])
            accuracy.append(Choice(codes, values[best], classifier).score())
        for rule, place in RULES.items():
            where = place(np.array(accuracy), np.array(by_fold), denoising)
            cell = found[n_labels, rule]
            cell.setdefault("chosen", []).append(f"alpha {alphas[where]:g}")
            cell.setdefault("clean", []).append(accuracy[where])
    return found


# The run


def rows_of(name: str, method: str, arguments: Namespace) -> list[dict[str, Any]]:
    """A row of the CSV for every number of labels and head; a cell has a percentage for every draw."""
    start = perf_counter()
    found = of_alphas(name, arguments) if method == CHOICE else of_method(name, method, arguments)
    taken, rows = round(perf_counter() - start, 1), []
    for (n_labels, head), cell in found.items():
        what = {"method": head, "head": CHOICE} if method == CHOICE else {}
        row = {"set": name, "labels": n_labels, "method": method, "head": head} | what
        ((words, times),) = Counter(cell["chosen"]).most_common(1)
        row |= {
            "setting": setting(name, arguments),
            "chosen": f"{words} ({times} of {len(cell['chosen'])})" if words else "",
            "seconds": taken,
        }
        for condition in (*CONDITIONS, "adversarial"):
            row[condition] = " ".join(f"{100 * value:.2f}" for value in cell.get(condition, []))
        rows.append(row)
    return rows


def setting(name: str, arguments: Namespace) -> str:
    """What rows have to have in common for a run to go on from them."""
    shared = shared_parameters(name, arguments, 0)
    return (
        f"{shared['n_components']} units, {shared['max_iter']} epochs, "
        f"{arguments.candidates} candidates, {arguments.draws} draws"
    )


def cost(name: str, method: str, arguments: Namespace) -> float:
    """About how many seconds it takes, relative to others."""
    split_cost = {"digits": 4, "breast cancer": 2, "wine": 1.5}.get(name, 60)
    kind = SETS[name]
    rows = {"MNIST": 60000, "convex": 8000, "rectangles": 1200}.get(name, 12000)
    fit = 1.0e-7 * rows * kind.epochs * kind.n_components if split_cost == 60 else 2 * split_cost
    n_fits = {"raw": 0, "PCA": 0.2, "contractive, deep": 4.5, CHOICE: 3}.get(method, 3)
    return split_cost + fit * n_fits * arguments.candidates / 3 * arguments.longer


def arguments_of() -> Namespace:
    """The arguments; the defaults are what the page shows."""
    found: ArgumentParser = parser(__doc__.splitlines()[0], data=True)
    found.add_argument(
        "--sets", nargs="+", metavar="SET", choices=SETS,
        help=f"some of: {', '.join(SETS)}",
    )  # fmt: skip
    found.add_argument(
        "--candidates", type=int, default=3, choices=range(1, 6), metavar="N",
        help="settings that each method tries, from 1 to 5 (default: 3)",
    )  # fmt: skip
    found.add_argument(
        "--longer", type=float, default=1.0, metavar="FACTOR",
        help="of the epochs of all autoencoders (default: 1)",
    )  # fmt: skip
    found.add_argument(
        "--draws", type=int, default=5, metavar="N", help="draws of labels (default: 5)"
    )
    arguments = found.parse_args()
    arguments.labels = LABELS
    arguments.sets = arguments.sets or (QUICK_SETS if arguments.quick else list(SETS))
    if arguments.quick:
        arguments.draws, arguments.candidates, arguments.labels = 2, 2, [100]
    return arguments


def main() -> None:
    """Measure what has not been measured yet, write after every method, and report."""
    arguments = arguments_of()
    warnings.simplefilter("ignore")
    folder = arguments.out or (None if arguments.quick else HERE)
    partial_path = folder and folder / "worth.partial.csv"
    rows = read_rows(partial_path) if folder else []
    jobs = [(name, method) for name in arguments.sets for method in (*METHODS, CHOICE)]
    had = {(row["set"], row["method"], row["setting"]) for row in rows}
    had |= {(row["set"], row["head"], row["setting"]) for row in rows}
    jobs = [job for job in jobs if (*job, setting(job[0], arguments)) not in had]
    done, total, start = 0.0, sum(cost(*job, arguments) for job in jobs), perf_counter()
    for name, method in jobs:
        rows += rows_of(name, method, arguments)
        write("worth.partial", rows, arguments)
        done += cost(name, method, arguments)
        left = (perf_counter() - start) * (total / done - 1) / 60
        taken = f"{(perf_counter() - start) / 60:.1f} minutes"
        print(f"{name}, {method}: {taken}, about {left:.0f} left", file=sys.stderr, flush=True)
    if folder:
        others = [
            row for row in read_rows(folder / "worth.csv") if row["set"] not in arguments.sets
        ]
        rows = others + rows
        write("worth", rows, arguments)
        partial_path.unlink(missing_ok=True)
    print(report(rows))


if __name__ == "__main__":
    main()
