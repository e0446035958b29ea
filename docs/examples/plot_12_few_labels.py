"""
Few labels, many rows
=====================

The encoder learns from all digits, the classifier from the few that have a label.
"""

# %% Rows without a label are marked by -1. The encoder is trained once, and given to
# every classifier as it is.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from skcae import ContractiveAutoencoder, FinetunedClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, train_size=1200, stratify=y, random_state=0
)
cae = ContractiveAutoencoder(
    128, alpha=0.3, loss="cross_entropy", max_iter=60, n_iter_no_change=None, random_state=0
)
encoder = FrozenEstimator(cae.fit(X_train))

# %% Logistic regression on pixels, on codes, and on codes that are fine-tuned, each
# with the same labels.

classifiers = {
    "codes": FinetunedClassifier(encoder, C=10, fine_tune=False),
    "fine-tuned": FinetunedClassifier(encoder, C=10, random_state=0),
}
numbers = [30, 60, 120, 300, 600, 1200]
errors: dict[str, list[float]] = {name: [] for name in ("pixels", *classifiers)}
for n_labels in numbers:
    few = np.where(np.arange(len(y_train)) < n_labels, y_train, -1)
    pixels = LogisticRegression(C=10, max_iter=1000).fit(X_train[:n_labels], y_train[:n_labels])
    errors["pixels"].append(1 - pixels.score(X_test, y_test))
    for name, classifier in classifiers.items():
        errors[name].append(1 - classifier.fit(X_train, few).score(X_test, y_test))
for name, of_numbers in errors.items():
    print(f"{name}: {100 * of_numbers[2]:.1f} % of errors with {numbers[2]} labels")

# %%
# By the number of labels:

_, ax = plt.subplots()
for name, of_numbers in errors.items():
    ax.loglog(numbers, of_numbers, marker="o", label=name)
ax.set(xlabel="labels", ylabel="error on held-out digits", xticks=numbers)
ax.set_xticklabels(numbers)
ax.minorticks_off()
ax.legend()
plt.show()

# %% One split of the data: differences of a percent are not significant. The user
# guide has the means of several.
