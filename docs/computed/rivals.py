"""A plain, a contractive and a denoising autoencoder on the same digits."""

from time import perf_counter

import numpy as np
from _table import show
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split

from skcae import ContractiveAutoencoder, DenoisingAutoencoder
from skcae.inspection import contraction, saturation

shared = {"n_components": 128, "loss": "cross_entropy", "max_iter": 40, "n_iter_no_change": None}
grids = {
    "plain": [ContractiveAutoencoder(alpha=0, **shared)],
    "contractive": [ContractiveAutoencoder(alpha=alpha, **shared) for alpha in (0.03, 0.1, 0.3)],
    "denoising": [
        DenoisingAutoencoder(corruption_level=level, **shared) for level in (0.1, 0.3, 0.5)
    ],
}
classifier = LogisticRegression(C=10, max_iter=1000)
X, y = load_digits(return_X_y=True)
found: dict[str, list] = {name: [] for name in grids}
for seed in range(3):
    train, test, y_train, y_test = train_test_split(
        X / 16, y, train_size=1000, stratify=y, random_state=seed
    )
    for name, grid in grids.items():
        start = perf_counter()
        fitted = [autoencoder.set_params(random_state=seed).fit(train) for autoencoder in grid]
        seconds = (perf_counter() - start) / len(grid)
        accuracies = []
        for n in (100, 1000):
            best = max(
                fitted,
                key=lambda one: cross_val_score(
                    classifier, one.transform(train[:n]), y_train[:n], cv=3
                ).mean(),
            )
            accuracies.append(
                classifier.fit(best.transform(train[:n]), y_train[:n]).score(
                    best.transform(test), y_test
                )
            )
        norm, saturated = (measure(best, test).mean() for measure in (contraction, saturation))
        found[name].append([*accuracies, norm, saturated, -best.score(test), seconds])


def cells(values):
    """Means, the accuracies with their standard deviation over seeds."""
    mean, spread = np.mean(values, 0), np.std(values, 0, ddof=1)
    return [f"{m:.1%} ± {s:.1%}" for m, s in zip(mean[:2], spread[:2], strict=True)] + [
        *map(float, mean[2:])
    ]


head = [
    "codes",
    "100 labels",
    "1000 labels",
    ":math:`\\| J \\|_F^2`",
    "saturation",
    "reconstruction loss",
    "seconds",
]
show(head, [[name, *cells(values)] for name, values in found.items()])
