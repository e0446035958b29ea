"""Reconstruction, denoising score and accuracy against the size of the code."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold

from skcae import ContractiveAutoencoder
from skcae.inspection import ComponentsDisplay
from skcae.metrics import denoising_score, linear_probe_score
from skcae.model_selection import JointGridSearchCV

X, y = load_digits(return_X_y=True)
cae = ContractiveAutoencoder(
    loss="cross_entropy", max_iter=40, n_iter_no_change=None, random_state=0
)
scores = {
    "reconstruction": lambda estimator, X, y: estimator.score(X),
    "denoising": denoising_score,
    "accuracy": linear_probe_score,
}
folds = StratifiedKFold(3, shuffle=True, random_state=0)
sizes = [2, 4, 8, 16, 32, 64, 128]
search = JointGridSearchCV(cae, {"n_components": sizes}, scoring=scores, refit=False, cv=folds)
search.fit(X[:600] / 16, y[:600])
_, axes = plt.subplots(3, sharex=True, figsize=(5, 6.2))
ComponentsDisplay.from_cv_results(search, ax=axes)

means = {name: search.cv_results_[f"mean_test_{name}"] for name in scores}
assert (np.diff(means["reconstruction"]) > 0).all()
assert (np.diff(means["denoising"]) > 0).all()
assert np.diff(means["denoising"])[:2].min() > 2 * np.diff(means["denoising"])[-2:].max()
assert np.ptp(means["accuracy"][-3:]) < np.ptp(means["accuracy"][:3]) / 5
