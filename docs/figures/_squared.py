"""Three strengths of contraction on digits with the squared error, for spectra."""

from sklearn.datasets import load_digits

from skcae import contractive_path

X = load_digits().data / 16
PATH = contractive_path(
    X,
    [0, 0.3, 3],
    n_components=64,
    max_iter=60,
    n_iter_no_change=None,
    random_state=0,
)
