"""What codes of several sizes keep of a digit."""

import numpy as np
from _images import show_rows
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skcae import ContractiveAutoencoder

X = (load_digits().data / 16).astype("float32")
train, test = train_test_split(X, test_size=400, random_state=0)
rows, errors = {"digit": test}, []
for size in (2, 8, 32, 128):
    cae = ContractiveAutoencoder(
        size, loss="cross_entropy", max_iter=40, n_iter_no_change=None, random_state=0
    ).fit(train)
    rows[f"{size}"] = cae.reconstruct(test)
    errors.append(np.mean((rows[f"{size}"] - test) ** 2))
assert errors == sorted(errors, reverse=True), errors
show_rows(rows)
