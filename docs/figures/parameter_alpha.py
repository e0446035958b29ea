"""What is left of noisy digits at increasing strengths of contraction."""

import numpy as np
from _images import show_rows
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skcae import contractive_path

X = (load_digits().data / 16).astype("float32")
train, test = train_test_split(X, test_size=400, random_state=0)
noise = np.random.RandomState(0).normal(scale=0.25, size=test.shape)
noisy = np.clip(test + noise, 0, 1).astype("float32")
little, *path = contractive_path(
    train,
    [0.001, 0, 0.1, 1, 10],
    n_components=64,
    loss="cross_entropy",
    max_iter=40,
    n_iter_no_change=None,
    random_state=0,
)
errors = [np.mean((cae.reconstruct(noisy) - test) ** 2) for cae in path]
assert errors[0] > errors[1] < errors[2] < errors[3], errors
assert errors[1] < np.mean((noisy - test) ** 2) < errors[0]
assert path[0].score(test) > little.score(test) > 1.01 * path[0].score(test)
of_mean = np.mean((train.mean(axis=0) - test) ** 2)
assert np.mean((path[-1].reconstruct(test) - test) ** 2) > 0.9 * of_mean

rows = {"digit": test, "with noise": noisy}
rows |= {f"alpha = {cae.alpha:g}": cae.reconstruct(noisy) for cae in path}
show_rows(rows)
