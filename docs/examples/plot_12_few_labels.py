"""
Few labels, many rows
=====================

The encoder learns from all digits, and the classifier from the few with a label.
"""

# %%
# The label -1 marks rows without a label. The encoder is fitted once;
# ``FrozenEstimator`` passes it to every classifier without fitting it again.

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
    128,
    alpha=0.3,
    loss="cross_entropy",
    max_iter=60,
    n_iter_no_change=None,
    random_state=0,
)
encoder = FrozenEstimator(cae.fit(X_train))

# %%
# A logistic regression is fitted to pixels and to codes, and a third one is
# fine-tuned together with the encoder. All have the same labels.

models = {
    "pixels": LogisticRegression(C=10, max_iter=1000),
    "codes": FinetunedClassifier(encoder, C=10, fine_tune=False),
    "fine-tuned": FinetunedClassifier(encoder, C=10, random_state=0),
}
numbers = [30, 60, 120, 300, 600]
errors: dict[str, list[float]] = {name: [] for name in models}
for n_labels in numbers:
    known, _ = train_test_split(
        np.arange(len(y_train)),
        train_size=n_labels,
        stratify=y_train,
        random_state=0,
    )
    few = np.full(len(y_train), -1)
    few[known] = y_train[known]
    for name, model in models.items():
        if name == "pixels":  # it cannot use rows without a label
            model.fit(X_train[known], y_train[known])
        else:
            model.fit(X_train, few)
        errors[name].append(1 - model.score(X_test, y_test))
for name, of_numbers in errors.items():
    print(f"{name}: {of_numbers[2]:.1%} errors with {numbers[2]} labels")

# %%
# The error against the number of labels:

_, ax = plt.subplots()
for name, of_numbers in errors.items():
    ax.loglog(numbers, of_numbers, marker="o", label=name)
ax.set(xlabel="labels", ylabel="error on held-out digits")
ax.set_xticks(numbers, numbers)
ax.set_yticks([0.03, 0.1, 0.2], ["3 %", "10 %", "20 %"])
ax.minorticks_off()
ax.legend()
# sphinx_gallery_start_ignore
alt = "Error against the number of labels, for pixels, codes and fine-tuning."
# sphinx_gallery_end_ignore

# %%
# This is one split of the data, so differences of a percent are not
# significant. The page :doc:`../guide/few_labels` has means over several.
