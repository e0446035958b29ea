"""The choice of alpha in worth.py: rules that see few labels, or none, and where they lead."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from _candidates import Codes
from _findings import FIRST_HEAD
from _heads import HEADS, Choice, cross_validated, folds, in_their_span, labelled
from _sets import Split
from sklearn.model_selection import cross_val_predict

from skcae import ContractiveAutoencoderCV, contractive_path
from skcae.metrics import denoising_score

N_ROWS, N_UNITS, EPOCHS = 2000, 256, 20
"""Maximum numbers of rows and units, and the epochs of sets with more rows."""
N_REPEATS = 5


class Scores(NamedTuple):
    """Of nine alphas, from low to high."""

    test: np.ndarray
    """The accuracy on test rows."""
    by_fold: np.ndarray
    """The accuracy on every fold of the labelled rows, (n_alphas, n_folds)."""
    repeated: np.ndarray
    """The mean accuracy over the folds of several divisions of the labelled rows."""
    log_loss: np.ndarray
    """The log-loss of the labelled rows, each when it was held out."""
    denoising: dict[float, int]
    """The position of the alpha with the best denoising score, by its noise."""


RULES: dict[str, Callable[[Scores], int]] = {
    "best in hindsight": lambda found: found.test.argmax(),
    "labels": lambda found: found.by_fold.mean(1).round(9).argmax(),
    "labels, one standard error": lambda found: largest_alike(found.by_fold),
    f"labels, divided {N_REPEATS} times": lambda found: found.repeated.round(9).argmax(),
    "labels, log-loss": lambda found: found.log_loss.argmin(),
    "labels, beside the denoising score": lambda found: beside(found.repeated, found.denoising[1]),
    "denoising score": lambda found: found.denoising[1],
    "denoising score, noise 0.5": lambda found: found.denoising[0.5],
    "denoising score, noise 2": lambda found: found.denoising[2],
    "denoising score, noise 4": lambda found: found.denoising[4],
    "middle of the grid": lambda found: len(found.test) // 2,
}
"""The position of the alpha that a rule chooses."""


def beside(means: np.ndarray, place: int) -> int:
    """The best of the alpha at a place and the ones beside it."""
    near = np.arange(max(0, place - 1), min(len(means), place + 2))
    return int(near[means[near].round(9).argmax()])


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
    denoising = {1: search.best_index_}
    for noise in (0.5, 2, 4):
        scores = [denoising_score(cae, split.X_test[:3000], noise=noise) for cae in path]
        denoising[noise] = int(np.argmax(scores))
    candidates = [Codes(f"alpha {cae.alpha:g}", cae, split) for cae in path]
    found: dict[tuple[int, str], dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for seed in range(n_draws):
        for n_labels in wanted:
            scores = scores_of(candidates, labelled(split, n_labels, seed), seed, denoising)
            for rule, place in RULES.items():
                where = place(scores)
                found[n_labels, rule]["chosen"].append(candidates[where].words)
                found[n_labels, rule]["clean"].append(scores.test[where])
    return found


def scores_of(
    candidates: list[Codes], rows: np.ndarray, seed: int, denoising: dict[float, int]
) -> Scores:
    """Scores of every candidate, with the C that is its best on the folds."""
    make, values, _ = HEADS[FIRST_HEAD]
    found: list[list[Any]] = []
    for codes in candidates:
        X, y = codes.train[rows], codes.split.y[rows]
        by_C = cross_validated(make, values, X, y, seed)
        best = by_C.mean(1).round(9).argmax()
        head = make(values[best])
        seeds = range(seed, seed + 100 * N_REPEATS, 100)
        divided = [cross_validated(make, [values[best]], X, y, one).mean() for one in seeds]
        log_proba = cross_val_predict(
            head, in_their_span(X), y, cv=folds(y, seed), method="predict_log_proba"
        )
        log_loss = -log_proba[y[:, None] == np.unique(y)].mean()
        test = Choice(codes, values[best], head.fit(X, y)).score()
        found.append([test, by_C[best], np.mean(divided), log_loss])
    return Scores(*map(np.array, zip(*found, strict=True)), denoising)
