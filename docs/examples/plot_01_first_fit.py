"""
First fit
=========

Fit a contractive autoencoder, look at its codes, and reconstruct rows from them.
"""

# %%
# Digits have 64 pixels from 0 to 16. With values in [0, 1], the cross-entropy
# is the natural loss. The learning rate falls to zero over ``max_iter``
# epochs. If the last epochs still lower the objective by a fraction of
# ``tol``, ``fit`` warns.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skcae import ContractiveAutoencoder

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, stratify=y, random_state=0
)
cae = ContractiveAutoencoder(
    n_components=32,
    alpha=0.1,
    loss="cross_entropy",
    max_iter=100,
    random_state=0,
)
cae.fit(X_train)

# %%
# The estimator is a transformer: it maps 64 features to 32, which have names.

codes = cae.transform(X_test)
print(codes.shape, cae.get_feature_names_out()[:3])

# %%
# ``inverse_transform`` maps codes back to features. Above are held-out
# digits, below their reconstructions.

figure, axes = plt.subplots(2, 6, figsize=(5, 1.9))
reconstructed = cae.inverse_transform(codes)
for column, *images in zip(axes.T, X_test, reconstructed, strict=False):
    for ax, pixels in zip(column, images, strict=True):
        ax.imshow(pixels.reshape(8, 8), vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("digit")
axes[1, 0].set_ylabel("code")
# sphinx_gallery_start_ignore
alt = (
    "Six digits, and below them their reconstructions, which are a little "
    "softer."
)
# sphinx_gallery_end_ignore

# %%
# The objective and its two terms over the epochs:

from skcae.inspection import TrainingDisplay

TrainingDisplay.from_estimator(cae)
# sphinx_gallery_start_ignore
alt = (
    "The objective, the reconstruction loss and alpha times the "
    "contraction over epochs."
)
# sphinx_gallery_end_ignore

# %%
# Are the codes useful? A nearest-neighbour classifier on the codes is compared
# with one on raw pixels. The codes have half as many features.

from sklearn.neighbors import KNeighborsClassifier

features = {
    "pixels": (X_train, X_test),
    "codes": (cae.transform(X_train), codes),
}
for name, (train, test) in features.items():
    classifier = KNeighborsClassifier().fit(train, y_train)
    print(f"{name}: {classifier.score(test, y_test):.1%}")
