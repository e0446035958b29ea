"""A mixed table under one loss for all columns, and under the loss of each."""

from itertools import pairwise

import numpy as np
from _table import show
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skcae import ContractiveAutoencoder

N, N_NUMBERS, N_ANSWERS, CATEGORIES, N_SEEDS = 2000, 4, 3, (4, 8, 12), 3
LOSS = ["squared_error"] * N_NUMBERS + ["cross_entropy"] * N_ANSWERS
LOSS += [f"softmax:{group}" for group, size in enumerate(CATEGORIES) for _ in range(size)]
FIRST = N_NUMBERS + N_ANSWERS


def table(seed: int) -> tuple[np.ndarray, ...]:
    """Three hidden states; numbers, 0/1 answers and categories that depend on them."""
    draw = np.random.RandomState(seed)
    states = draw.normal(size=(N, 3))
    numbers = states @ draw.normal(size=(3, N_NUMBERS)) + 0.5 * draw.normal(size=(N, N_NUMBERS))
    answers = states @ draw.normal(size=(3, N_ANSWERS)) + draw.logistic(size=(N, N_ANSWERS)) > 0
    one_hot = []
    for size in CATEGORIES:
        chosen = 2 * states @ draw.normal(size=(3, size)) + draw.gumbel(size=(N, size))
        one_hot.append(np.eye(size)[chosen.argmax(1)])
    return states, numbers, np.hstack([answers, *one_hot])


def measures(X: np.ndarray, R: np.ndarray, codes: np.ndarray, states: np.ndarray) -> list[float]:
    """Of rows held out; a linear model of the states is fitted to the codes of the others."""
    test, half = slice(N // 2, None), slice(N // 2)
    starts = np.cumsum([FIRST, *CATEGORIES])
    groups = [slice(*ends) for ends in pairwise(starts)]
    right = [np.mean(X[test, at].argmax(1) == R[test, at].argmax(1)) for at in groups]
    answers = np.mean((R[test, N_NUMBERS:FIRST] > 0.5) == X[test, N_NUMBERS:FIRST])
    numbers = r2_score(X[test, :N_NUMBERS], R[test, :N_NUMBERS])
    probe = Ridge().fit(codes[half], states[half])
    return [np.mean(right), answers, numbers, probe.score(codes[test], states[test])]


found: dict[str, list] = {}
for seed in range(N_SEEDS):
    states, numbers, rest = table(seed)
    for loss, Scaler in (
        ("squared_error", StandardScaler),
        ("cross_entropy", lambda: MinMaxScaler(clip=True)),
        ("by column", StandardScaler),
    ):
        X = np.hstack([Scaler().fit(numbers[: N // 2]).transform(numbers), rest])
        cae = ContractiveAutoencoder(
            3,
            activation="tanh",
            loss=LOSS if loss == "by column" else loss,
            tied_weights=False,
            alpha=0,
            max_iter=60,
            n_iter_no_change=None,
            random_state=seed,
        ).fit(X[: N // 2])
        codes = cae.transform(X)
        found.setdefault(loss, []).append(measures(X, cae.inverse_transform(codes), codes, states))

HEAD = ["categories recovered", "answers recovered", "R² of numbers", "R² of states from codes"]
means = {loss: np.mean(values, axis=0) for loss, values in found.items()}
show(["loss", *HEAD], [[loss, *map(float, values)] for loss, values in means.items()])
best = [max(means, key=lambda loss: means[loss][column]) for column in range(len(HEAD))]
where = [name for name, loss in zip(HEAD, best, strict=True) if loss == "by column"]
lost = [f"{name} ({loss})" for name, loss in zip(HEAD, best, strict=True) if loss != "by column"]
print("The losses by column are best in: " + (", ".join(where) or "nothing") + ". ", end="")
print("Another is best in: " + ", ".join(lost) + "." if lost else "They are best in everything.")
