"""
Contractive, denoising, PCA and raw
===================================

Four representations under noise, under a shift, and with few labels. Contraction does
not win everywhere.
"""

# %% All are trained on the same 1000 digits without labels. A logistic regression
# behind each then sees some of the labels.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import FunctionTransformer

from skcae import ContractiveAutoencoder, DenoisingAutoencoder

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(X / 16, y, train_size=1000, stratify=y, random_state=0)
shared = {
    "n_components": 128,
    "loss": "cross_entropy",
    "max_iter": 60,
    "tol": 1e-3,
    "random_state": 0,
}
coders = {
    "contractive": ContractiveAutoencoder(alpha=0.1, **shared),
    "denoising (masking)": DenoisingAutoencoder(corruption_level=0.3, **shared),
    "denoising (Gaussian)": DenoisingAutoencoder(
        corruption="gaussian", corruption_level=0.3, **shared
    ),
    "plain": ContractiveAutoencoder(alpha=0, **shared),
    "PCA": PCA(32),
    "raw": FunctionTransformer(),
}
codes = {name: coder.fit_transform(X) for name, coder in coders.items()}
rng = np.random.RandomState(0)


def accuracies(distort, n_labels=1000, n_repeats=1):
    """Accuracy on distorted test rows by representation, with a classifier trained on some of the clean training rows."""
    samples = [rng.permutation(1000)[:n_labels] for _ in range(n_repeats)]
    scores = {}
    for name, coder in coders.items():
        test = coder.transform(distort(X_test))
        fitted = [
            LogisticRegression(C=10, max_iter=2000).fit(codes[name][rows], y[rows])
            for rows in samples
        ]
        scores[name] = np.mean([model.score(test, y_test) for model in fitted])
    return scores


# %% Test rows with noise of growing strength; test rows moved by a fraction of a pixel;
# and fewer labels, averaged over draws.

noise = {
    s: accuracies(lambda X, s=s: np.clip(X + s * rng.standard_normal(X.shape), 0, 1))
    for s in (0, 0.1, 0.2, 0.3, 0.4)
}
shift = {
    s: accuracies(lambda X, s=s: (1 - s) * X + s * np.roll(X, 1, axis=1))
    for s in (0, 0.25, 0.5, 0.75, 1)
}
labels = {n: accuracies(lambda X: X, n, n_repeats=4) for n in (30, 100, 300, 1000)}

figure, axes = plt.subplots(3, 1, figsize=(6.4, 11), layout="constrained")
titles = "standard deviation of noise", "shift in pixels", "number of labels"
for ax, title, scores in zip(axes, titles, (noise, shift, labels), strict=True):
    for name, style in zip(coders, ("o-", "s--", "D:", "^-.", "v:", "x-"), strict=True):
        ax.plot(list(scores), [score[name] for score in scores.values()], style, label=name)
    ax.set(xlabel=title, ylabel="accuracy")
axes[2].set_xscale("log")
axes[2].legend()

# %% This is one split and one setting of each; :doc:`../benchmarks/science` searches
# the settings of all, with error bars.
