"""
Spectrum and tangents
=====================

The number of directions in which the code moves, and the directions themselves.
"""

# %%
# The singular values of the Jacobian at a row are how far the code moves in
# each direction. A plain autoencoder follows many directions. With contraction
# few remain.

# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

from skcae import contractive_path
from skcae.inspection import (
    SpectrumDisplay,
    TangentsDisplay,
    local_dimension,
)

X, y = load_digits(return_X_y=True)
X = X / 16
path = contractive_path(
    X,
    [0, 0.3, 3],
    n_components=128,
    max_iter=60,
    n_iter_no_change=None,
    random_state=0,
)

figure, ax = plt.subplots()
for cae in path:
    name = f"alpha = {cae.alpha:g}"
    SpectrumDisplay.from_estimator(cae, X[::5], name=name, ax=ax)
ax.set_ylim(bottom=1e-3)
# sphinx_gallery_start_ignore
alt = (
    "Singular values of the Jacobian against their rank, for three values "
    "of alpha."
)
# sphinx_gallery_end_ignore

# %%
# The effective number of directions of a spectrum:

dimensions = [local_dimension(cae, X[::5]).mean() for cae in path]
for cae, dimension in zip(path, dimensions, strict=True):
    print(f"alpha = {cae.alpha:g}: {dimension:.1f} of {X.shape[1]}")

# sphinx_gallery_start_ignore
assert dimensions[0] > 30
assert dimensions[2] < 6
# sphinx_gallery_end_ignore

# %%
# The directions themselves are the tangents. Moved along a tangent, a digit
# remains a digit for a while: strokes bend, thicken or move. The middle column
# is the image itself.

# sphinx_gallery_start_ignore
plt.rcParams["axes.grid"] = False
alt = "Two digits, each moved along three tangents to both sides."
# sphinx_gallery_end_ignore
TangentsDisplay.from_estimator(path[-1], X[[0, 3]], k=3, distance=1.5)
