"""
Choosing alpha without labels
=============================

The reconstruction of clean rows is best without contraction. That of noisy rows is not.
"""

# %% ``ContractiveAutoencoderCV`` trains every alpha on every fold, all in one training,
# and scores how well held-out rows are recovered from noisy copies.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = X[:900] / 16, X[900:] / 16, y[:900], y[900:]
alphas = [0, 0.01, 0.03, 0.1, 0.3, 1, 3]
shared = {
    "n_components": 64,
    "loss": "cross_entropy",
    "max_iter": 30,
    "n_iter_no_change": None,
    "random_state": 0,
}
cae = ContractiveAutoencoderCV(
    alphas=alphas, cv=KFold(3, shuffle=True, random_state=0), **shared
).fit(X_train)
print(f"chosen: alpha = {cae.alpha_:g}")

# %% Beside it, what it cannot see: a classifier's accuracy on held-out digits, clean
# and with noise.

rng = np.random.RandomState(0)
noisy = np.clip(X_test + 0.25 * rng.standard_normal(X_test.shape), 0, 1)
clean_accuracy, noisy_accuracy, error = [], [], []
for alpha in alphas:
    single = ContractiveAutoencoder(alpha=alpha, **shared).fit(X_train)
    classifier = LogisticRegression(C=10, max_iter=2000).fit(single.transform(X_train), y_train)
    clean_accuracy.append(classifier.score(single.transform(X_test), y_test))
    noisy_accuracy.append(classifier.score(single.transform(noisy), y_test))
    error.append(-single.score(X_test))

# %%
# The dotted line is the choice.

from skcae.inspection import AlphaPathDisplay

scores = np.column_stack(
    [cae.cv_results_[f"split{split}_test_score"] for split in range(cae.n_splits_)]
)
curves = {
    "denoising score": scores,
    "accuracy, clean": clean_accuracy,
    "accuracy, noisy": noisy_accuracy,
    "held-out loss": error,
}
display = AlphaPathDisplay(alphas, curves).plot()
for ax in display.axes_:
    ax.axvline(cae.alpha_, color="black", linestyle=":", linewidth=1)
plt.show()

# %% The held-out loss alone would always choose 0. The denoising score asks for
# contraction, for more of it the more noise it uses
# (``skcae.metrics.denoising_score``). It does not know what the codes are for: with
# labels, however few, compare.
