"""The choice of alpha in worth.py: rules that see few labels, or none, and where they lead."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from _candidates import Codes
from _findings import FIRST_HEAD
from _heads import HEADS, Choice, cross_validated, labelled
from _sets import Split

from skcae import ContractiveAutoencoderCV, contractive_path
from skcae.metrics import denoising_score

N_ROWS, N_UNITS, EPOCHS = 2000, 256, 20
"""The most rows and units, and the epochs of sets with more rows."""
RULES: dict[str, Callable[[np.ndarray, np.ndarray, dict[float, int]], int]] = {
    "best in hindsight": lambda accuracy, by_fold, denoising: accuracy.argmax(),
    "labels": lambda accuracy, by_fold, denoising: by_fold.mean(1).round(9).argmax(),
    "labels, one standard error": lambda accuracy, by_fold, denoising: largest_alike(by_fold),
    "denoising score": lambda accuracy, by_fold, denoising: denoising[1.0],
    "denoising score, noise 0.5": lambda accuracy, by_fold, denoising: denoising[0.5],
    "denoising score, noise 2": lambda accuracy, by_fold, denoising: denoising[2.0],
    "denoising score, noise 4": lambda accuracy, by_fold, denoising: denoising[4.0],
    "middle of the grid": lambda accuracy, by_fold, denoising: len(accuracy) // 2,
}
"""The position of the alpha: from accuracies on test rows, those on folds of labelled rows, and the best by noise."""


def largest_alike(by_fold: np.ndarray) -> int:
    """The largest alpha whose mean is within a standard error of the best."""
    means = by_fold.mean(1)
    best = means.argmax()
    error = by_fold[best].std(ddof=1) / np.sqrt(by_fold.shape[1])
    return int(np.flatnonzero(means >= means[best] - error)[-1])


def of_alphas(
    split: Split, shared: dict[str, Any], epochs: int, wanted: list[int], n_draws: int
) -> dict[tuple[int, str], dict[str, list]]:
    """What each rule leads to, by number of labels; the draws share the encoders."""
    if len(split.X) > N_ROWS:
        split = split._replace(X=split.X[:N_ROWS], y=split.y[:N_ROWS])
        shared = shared | {"max_iter": epochs}
    shared = shared | {"n_components": min(N_UNITS, shared["n_components"])}
    search = ContractiveAutoencoderCV(cv=3, **shared).fit(split.X)
    path = contractive_path(split.X, search.alphas_, **shared)
    denoising = {1.0: search.best_index_}
    for noise in (0.5, 2.0, 4.0):
        scores = [denoising_score(cae, split.X_test[:3000], noise=noise) for cae in path]
        denoising[noise] = int(np.argmax(scores))
    candidates = [Codes(f"alpha {cae.alpha:g}", cae, split) for cae in path]
    found: dict[tuple[int, str], dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for seed in range(n_draws):
        for n_labels in wanted:
            accuracy, by_fold = scores_of(candidates, labelled(split, n_labels, seed), seed)
            for rule, place in RULES.items():
                where = place(accuracy, by_fold, denoising)
                found[n_labels, rule]["chosen"].append(candidates[where].words)
                found[n_labels, rule]["clean"].append(accuracy[where])
    return found


def scores_of(
    candidates: list[Codes], rows: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Of every candidate, with its best C: the accuracy on test rows, and that on each fold."""
    make, values, _ = HEADS[FIRST_HEAD]
    accuracy, by_fold = [], []
    for codes in candidates:
        y = codes.split.y[rows]
        scores = cross_validated(make, values, codes.train[rows], y, seed)
        best = scores.mean(1).round(9).argmax()
        by_fold.append(scores[best])
        classifier = make(values[best]).fit(codes.train[rows], y)
        accuracy.append(Choice(codes, values[best], classifier).score())
    return np.array(accuracy), np.array(by_fold)
