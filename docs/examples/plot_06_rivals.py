"""
Six representations
===================

Codes, PCA and raw pixels, under noise, under a shift, and with few labels.
"""

# %%
# The autoencoders and PCA are fitted to the same 1000 digits, without labels.
# Codes have 128 components, PCA has 32. Logistic regressions learn from labels.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import FunctionTransformer

from skcae import ContractiveAutoencoder, DenoisingAutoencoder

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    X / 16, y, train_size=1000, stratify=y, random_state=0
)
shared = {
    "n_components": 128,
    "loss": "cross_entropy",
    "max_iter": 60,
    "random_state": 0,
}
gaussian = {"corruption": "gaussian", "corruption_level": 0.3}
coders = {
    "contractive": ContractiveAutoencoder(alpha=0.1, **shared),
    "denoising, masks": DenoisingAutoencoder(corruption_level=0.3, **shared),
    "denoising, Gaussian": DenoisingAutoencoder(**gaussian, **shared),
    "plain": ContractiveAutoencoder(alpha=0, **shared),
    "PCA": PCA(32),
    "raw pixels": FunctionTransformer(),
}
codes = {name: coder.fit_transform(X) for name, coder in coders.items()}
rng = np.random.RandomState(0)


def accuracies(test=X_test, n_labels=1000, n_repeats=1):
    """Accuracy of each representation on test rows, as a mean over draws."""
    samples = [rng.permutation(1000)[:n_labels] for _ in range(n_repeats)]
    scores = dict.fromkeys(coders, 0.0)
    for name, coder in coders.items():
        for rows in samples:
            classifier = LogisticRegression(C=10, max_iter=2000)
            classifier.fit(codes[name][rows], y[rows])
            score = classifier.score(coder.transform(test), y_test)
            scores[name] += score / n_repeats
    return scores


def plot(results, label):
    _, ax = plt.subplots(figsize=(5, 4))
    styles = ("o-", "s--", "D:", "^-.", "v:", "x-")
    for name, style in zip(coders, styles, strict=True):
        line = [scores[name] for scores in results.values()]
        width = 2.5 if name == "contractive" else 1
        ax.plot(list(results), line, style, label=name, linewidth=width)
    ax.set(xlabel=label, ylabel="accuracy")
    ax.figure.legend(loc="outside lower center", ncols=2)
    return ax


# %%
# Noise in the test rows:

noise = rng.standard_normal(X_test.shape)
levels = (0, 0.1, 0.2, 0.3, 0.4)
noisy = {s: accuracies(np.clip(X_test + s * noise, 0, 1)) for s in levels}
plot(noisy, "standard deviation of the noise")
# sphinx_gallery_start_ignore
alt = "Accuracy of six representations against the noise."
# sphinx_gallery_end_ignore

# %%
# A shift of the test rows by a fraction of a pixel:

moved = np.roll(X_test, 1, axis=1)
shifts = (0, 0.25, 0.5, 0.75, 1)
shifted = {s: accuracies((1 - s) * X_test + s * moved) for s in shifts}
plot(shifted, "shift in pixels")
# sphinx_gallery_start_ignore
alt = "Accuracy of six representations against the shift."
# sphinx_gallery_end_ignore

# %%
# Fewer labels, as a mean over four draws:

few = {n: accuracies(n_labels=n, n_repeats=4) for n in (30, 100, 300, 1000)}
plot(few, "number of labels").set_xscale("log")
# sphinx_gallery_start_ignore
alt = "Accuracy of six representations against the number of labels."
# sphinx_gallery_end_ignore

# %%
# This is one split and one setting of each autoencoder. The page
# :doc:`../benchmarks/science` searches the settings, and has error bars.
