"""
Patches of a photograph
=======================

Contracted units see edges, and each patch has directions of its own.
"""

# %%
# Patches of 12 by 12 pixels, in grey, from one of scikit-learn's photographs
# at half its size. Each is centred and divided by its contrast, so that units
# look at shapes and not at brightness. Patches of almost no contrast, such as
# sky, are left out.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image
from sklearn.feature_extraction.image import extract_patches_2d

from skcae import contractive_path
from skcae.inspection import (
    FiltersDisplay,
    TangentsDisplay,
    local_dimension,
)

grey = load_sample_image("china.jpg").mean(axis=2)[:426] / 255
grey = grey.reshape(213, 2, 320, 2).mean(axis=(1, 3))
patches = extract_patches_2d(grey, (12, 12), max_patches=6000, random_state=0)
X = patches.reshape(6000, 144)
X = X - X.mean(axis=1, keepdims=True)
contrast = X.std(axis=1)
X = (X / contrast[:, None])[contrast > 0.05].astype(np.float32)
print(f"{len(X)} patches of {X.shape[1]} pixels")

# %%
# One autoencoder without contraction and one with much of it. These rows have
# a variance of 1 in each pixel, so that ``alpha`` is larger than for pixels
# in [0, 1].

plain, contracted = contractive_path(
    X,
    [0, 10],
    n_components=64,
    max_iter=40,
    n_iter_no_change=None,
    random_state=0,
)

# %%
# The weights of each unit, as an image. Without contraction they look like
# noise. With it, most units look at a piece of an edge, of one orientation
# and in one place.

# sphinx_gallery_thumbnail_number = 2
figure, axes = plt.subplots(2, figsize=(5, 9))
for ax, cae in zip(axes, (plain, contracted), strict=True):
    FiltersDisplay.from_estimator(cae, n_filters=49, ax=ax)
    ax.set_title(f"alpha = {cae.alpha}")
# sphinx_gallery_start_ignore
alt = "The weights of 49 units as small images"
# sphinx_gallery_end_ignore

# %%
# In numbers: how many of the 144 pixels hold half of a unit's squared weights,
# and how many directions the code follows at a patch. What contraction costs
# is reconstruction.


def half(cae):
    """The median number of pixels, over units."""
    squares = np.sort(cae.components_**2, axis=1)[:, ::-1].cumsum(axis=1)
    return np.median((squares < squares[:, -1:] / 2).sum(axis=1) + 1)


for cae in (plain, contracted):
    print(
        f"alpha = {cae.alpha}: {half(cae):.0f} pixels, "
        f"{local_dimension(cae, X).mean():.1f} directions, "
        f"loss {-cae.score(X):.0f}"
    )
# sphinx_gallery_start_ignore
assert half(contracted) < half(plain)
assert contracted.score(X) < plain.score(X)
# sphinx_gallery_end_ignore

# %%
# These directions are the tangents, and every patch has its own. Each row
# moves a patch along one of its two leading tangents, to both sides; the
# middle column is the patch itself.

strong = X[np.argsort(contrast[contrast > 0.05])[-3:]]
TangentsDisplay.from_estimator(contracted, strong, k=2, distance=6)
# sphinx_gallery_start_ignore
alt = "Three patches, each moved along two tangents to both sides."
# sphinx_gallery_end_ignore
