"""
Spectrum and tangents
=====================

In how many directions does the code move, and which are they?
"""

# %% The singular values of the Jacobian at a row say how far the code moves along each
# direction. A plain autoencoder follows all of them; contracted, few are left.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

from skcae import contractive_path
from skcae.inspection import SpectrumDisplay, TangentsDisplay, local_dimension

X, y = load_digits(return_X_y=True)
X = X / 16
path = contractive_path(
    X,
    [0, 0.1, 1],
    n_components=128,
    loss="cross_entropy",
    max_iter=60,
    tol=1e-3,
    random_state=0,
)

figure, ax = plt.subplots()
for cae in path:
    SpectrumDisplay.from_estimator(
        cae, X[::5], name=f"alpha = {cae.alpha:g}", ax=ax
    )
ax.set_ylim(bottom=1e-3)

# %%
# The number of directions that a spectrum amounts to:

for cae in path:
    print(
        f"alpha = {cae.alpha:g}: {local_dimension(cae, X).mean():.1f} of {X.shape[1]}"
    )

# %% The directions themselves are the tangents. Moved along one, a digit stays a digit
# for a while: strokes bend, thicken or move. The middle column is the image itself.

TangentsDisplay.from_estimator(path[2], X[[0, 3]], k=3, distance=1.5)
