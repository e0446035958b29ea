"""Codes of digits at seven alphas, and the accuracy of classifiers on them."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from skcae import ContractiveAutoencoder, contractive_path
from skcae.model_selection import alpha_grid

N_FEW, N_DRAWS = 50, 10
X, y = load_digits(return_X_y=True)
train, test, y_train, y_test = train_test_split(
    X / 16, y, train_size=1200, stratify=y, random_state=0
)
noise = 0.25 * np.random.RandomState(0).standard_normal(test.shape)
noisy = np.clip(test + noise, 0, 1)
DRAWS = [np.random.RandomState(draw).permutation(1200)[:N_FEW] for draw in range(N_DRAWS)]


def accuracy(cae, rows, tested):
    """Of a classifier on codes of some of the training rows."""
    classifier = LogisticRegression(C=10, max_iter=1000)
    classifier.fit(cae.transform(train[rows]), y_train[rows])
    return classifier.score(cae.transform(tested), y_test)


ALPHAS = [0, *alpha_grid(ContractiveAutoencoder(128), train, n_alphas=6)]
PATH = contractive_path(
    train,
    ALPHAS,
    n_components=128,
    loss="cross_entropy",
    max_iter=60,
    n_iter_no_change=None,
    random_state=0,
)
FEW = np.array([[accuracy(cae, rows, test) for rows in DRAWS] for cae in PATH])
NOISY = np.array([[accuracy(cae, rows, noisy) for rows in DRAWS] for cae in PATH])
ALL = np.array([accuracy(cae, slice(None), test) for cae in PATH])
