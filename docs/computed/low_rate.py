"""What a low learning rate changes where nothing else holds the weights back."""

import warnings

import numpy as np
from _table import show
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from skcae import ContractiveAutoencoder, DenoisingAutoencoder
from skcae.inspection import contraction

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X / 16, y, test_size=600, stratify=y, random_state=0)
noisy = X_test + np.random.RandomState(0).normal(scale=0.2, size=X_test.shape)
shared = {"loss": "cross_entropy", "max_iter": 100, "random_state": 0}
kinds = {
    "plain": ContractiveAutoencoder(128, alpha=0, **shared),
    "masking, 0.3": DenoisingAutoencoder(128, corruption_level=0.3, **shared),
}
rows = []
for name, autoencoder in kinds.items():
    for rate in ("auto", 0.01, 0.001):
        with warnings.catch_warnings():  # the lowest rate would gain from more epochs
            warnings.simplefilter("ignore", ConvergenceWarning)
            autoencoder.set_params(learning_rate_init=rate).fit(X)
        classifier = LogisticRegression(C=10, max_iter=2000).fit(autoencoder.transform(X), y)
        accuracies = [
            f"{classifier.score(autoencoder.transform(rows), y_test):.1%}"
            for rows in (X_test, noisy)
        ]
        norm = f"{contraction(autoencoder, X_test).mean():.0f}"
        rows.append([name, str(rate), norm, *accuracies, float(-autoencoder.score(X_test))])
    highest, *_, lowest = rows[-3:]
    assert int(lowest[2]) < int(highest[2]) / 3, "the norm falls"
    assert float(lowest[4][:-1]) > float(highest[4][:-1]), "noise does less harm"
    assert lowest[5] > highest[5], "the reconstruction pays"
show(["autoencoder", "rate", ":math:`\\| J \\|_F^2`", "clean", "noisy", "loss"], rows)
