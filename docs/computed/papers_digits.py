"""The papers' tables of one layer and of nearest neighbours, on scikit-learn's digits."""

import numpy as np
from _table import show
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, FinetunedClassifier
from skcae.inspection import contraction, saturation

N_LABELS = 300
X, y = load_digits(return_X_y=True)
tuned: dict[str, list[tuple[float, ...]]] = {}
near: dict[str, list[float]] = {}
for seed in range(3):
    train, test, y_train, y_test = train_test_split(
        X / 16, y, train_size=1200, stratify=y, random_state=seed
    )
    shared = {
        "n_components": 128,
        "loss": "cross_entropy",
        "max_iter": 60,
        "n_iter_no_change": None,
        "random_state": seed,
    }
    noise = {"corruption": "gaussian", "corruption_level": 0.25}
    encoders = {
        "CAE": ContractiveAutoencoder(alpha=0.1, **shared),
        "DAE-g": DenoisingAutoencoder(**noise, **shared),
        "DAE-b": DenoisingAutoencoder(corruption_level=0.25, **shared),
        "AE+wd": ContractiveAutoencoder(alpha=0, weight_decay=1e-3, **shared),
        "AE": ContractiveAutoencoder(alpha=0, **shared),
    }
    for name, encoder in encoders.items():
        frozen = FrozenEstimator(encoder.fit(train))
        classifier = FinetunedClassifier(frozen, random_state=seed).fit(train, y_train)
        measured = contraction(encoder, test).mean(), 100 * saturation(encoder, test).mean()
        error = 100 * (1 - classifier.score(test, y_test))
        tuned.setdefault(name, []).append((error, *measured))
    first = encoders["CAE"]
    second = ContractiveAutoencoder(alpha=0.1, **shared).fit(first.transform(train))
    codes = {"pixels": (train, test)}
    codes["1 layer"] = first.transform(train), first.transform(test)
    codes["2 layers"] = tuple(map(second.transform, codes["1 layer"]))
    for name, (seen, held_out) in codes.items():
        neighbours = KNeighborsClassifier(3).fit(seen[:N_LABELS], y_train[:N_LABELS])
        near.setdefault(name, []).append(100 * (1 - neighbours.score(held_out, y_test)))


def cell(values, digits):
    return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}"


print("Fine-tuned from 1200 labels, one setting for each method:\n")
rows = []
for name, measured in tuned.items():
    error, norm, saturated = np.transpose(measured)
    rows.append([name, cell(error, 1), cell(norm, 0), cell(saturated, 0)])
show(["method", "error %", ":math:`\\|J\\|_F^2`", "saturated %"], rows)
print(f"Nearest neighbours, three of them, with {N_LABELS} labels:\n")
show(["codes", "error %"], ([name, cell(values, 1)] for name, values in near.items()))
