"""
First fit
=========

Fit a contractive autoencoder, look at its codes and at what it reconstructs from them.
"""

# %% Digits have 64 pixels from 0 to 16. With values in [0, 1], the cross-entropy is the
# natural loss. The learning rate comes down to nothing over ``max_iter`` epochs; if the
# last ones still lowered the objective by ``tol`` each, the fit would warn.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skcae import ContractiveAutoencoder

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)
cae = ContractiveAutoencoder(
    n_components=32, alpha=0.1, loss="cross_entropy", max_iter=100, tol=1e-3, random_state=0
)
cae.fit(X_train)

# %%
# It is a transformer: 64 features in, 32 out, with names.

codes = cae.transform(X_test)
print(codes.shape, cae.get_feature_names_out()[:3])

# %% ``inverse_transform`` leads back. Above: held-out digits. Below: what is left of
# them in the code.

figure, axes = plt.subplots(2, 8, figsize=(8, 2.4), layout="constrained")
for column, image, restored in zip(axes.T, X_test, cae.inverse_transform(codes), strict=False):
    for ax, pixels in zip(column, (image, restored), strict=True):
        ax.imshow(pixels.reshape(8, 8), cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("digit")
axes[1, 0].set_ylabel("restored")

# %%
# The objective, and the two terms that it is made of.

from skcae.inspection import TrainingDisplay

TrainingDisplay.from_estimator(cae)

# %% Are the codes of any use? Nearest neighbours find them as good as raw pixels, with
# half the features. Digits are easy data; do not expect wonders there.

from sklearn.neighbors import KNeighborsClassifier

for name, train, test in [("pixels", X_train, X_test), ("codes", cae.transform(X_train), codes)]:
    print(f"{name}: {KNeighborsClassifier().fit(train, y_train).score(test, y_test):.1%}")
