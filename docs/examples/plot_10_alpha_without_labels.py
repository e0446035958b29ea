"""
Choosing alpha without labels
=============================

Without contraction the reconstruction of clean rows is best, but that of noisy rows
is not.
"""

# %%
# ``ContractiveAutoencoderCV`` trains every alpha on every fold, all in one
# training. Its score is how well held-out rows are recovered from noisy
# copies.

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, train_test_split

from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV
from skcae.inspection import AlphaPathDisplay
from skcae.metrics import denoising_score
from skcae.model_selection import alpha_grid

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, train_size=900, random_state=0
)
shared = {
    "n_components": 64,
    "loss": "cross_entropy",
    "max_iter": 30,
    "n_iter_no_change": None,
    "random_state": 0,
}
autoencoder = ContractiveAutoencoder(**shared)
alphas = [0, *alpha_grid(autoencoder, X_train, n_alphas=6)]
folds = KFold(3, shuffle=True, random_state=0)
cae = ContractiveAutoencoderCV(alphas=alphas, cv=folds, **shared).fit(X_train)
print(f"chosen: alpha = {cae.alpha_:g}")

# %%
# For comparison, the accuracy of a classifier on held-out digits, clean and
# with noise. The choice does not use it.

rng = np.random.RandomState(0)
noise = 0.25 * rng.standard_normal(X_test.shape)
noisy = np.clip(X_test + noise, 0, 1)
clean_accuracy, noisy_accuracy, loss = [], [], []
for alpha in alphas:
    single = clone(autoencoder).set_params(alpha=alpha).fit(X_train)
    classifier = LogisticRegression(C=10, max_iter=2000)
    classifier.fit(single.transform(X_train), y_train)
    clean_accuracy.append(classifier.score(single.transform(X_test), y_test))
    noisy_accuracy.append(classifier.score(single.transform(noisy), y_test))
    loss.append(-single.score(X_test))

# %%
# The dotted line is the choice.

names = [f"split{split}_test_score" for split in range(cae.n_splits_)]
curves = {
    "denoising score": np.column_stack([cae.cv_results_[n] for n in names]),
    "accuracy, clean": clean_accuracy,
    "accuracy, noisy": noisy_accuracy,
    "held-out loss": loss,
}
_, axes = plt.subplots(2, 2, sharex=True, figsize=(5.6, 4.4))
AlphaPathDisplay(alphas, curves).plot(axes)
axes[1, 0].set_xlabel("alpha")
for ax in axes.flat:
    ax.axvline(cae.alpha_, color="black", linestyle=":", linewidth=1)

# sphinx_gallery_start_ignore
alt = (
    "Denoising score, accuracy on clean and on noisy rows, and loss "
    "against alpha."
)
assert alphas[np.argmin(loss)] == 0 < cae.alpha_
# sphinx_gallery_end_ignore

# %%
# The held-out loss alone would choose a smaller alpha. With much noise the
# denoising score chooses more contraction:

chosen = []
for level in (0.5, 1, 2):
    cae.set_params(scoring=partial(denoising_score, noise=level)).fit(X_train)
    print(f"noise = {level}: alpha = {cae.alpha_:g}")
    chosen.append(cae.alpha_)

# sphinx_gallery_start_ignore
assert chosen == sorted(chosen)
assert chosen[-1] > chosen[0]
# sphinx_gallery_end_ignore

# %%
# The score does not know the purpose of the codes. If there are labels, even a
# few, compare with them.
