"""Spectra of the Jacobian at three strengths of contraction."""

import matplotlib.pyplot as plt
from _digits import X

from skcae import contractive_path
from skcae.inspection import SpectrumDisplay, local_dimension

_, ax = plt.subplots()
dimensions = []
shared = {"n_components": 64, "max_iter": 60, "n_iter_no_change": None, "random_state": 0}
for cae in contractive_path(X, [0, 0.3, 3], **shared):
    SpectrumDisplay.from_estimator(cae, X[::6], name=f"alpha = {cae.alpha:g}", ax=ax)
    dimensions.append(local_dimension(cae, X[::6]).mean())
ax.set_ylim(bottom=1e-3)
plain, some, much = dimensions
assert plain > 35
assert some < 15
assert much < 6
