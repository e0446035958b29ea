"""Three strengths of contraction on digits, for the figures of the diagnostics."""

from sklearn.datasets import load_digits

from skcae import contractive_path

X = load_digits().data / 16
PATH = contractive_path(
    X,
    [0, 0.1, 1],
    n_components=128,
    loss="cross_entropy",
    max_iter=60,
    n_iter_no_change=None,
    random_state=0,
)
