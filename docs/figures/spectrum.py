"""Spectra of the Jacobian at three strengths of contraction."""

import matplotlib.pyplot as plt
from _squared import PATH, X

from skcae.inspection import SpectrumDisplay

_, ax = plt.subplots()
for cae in PATH:
    SpectrumDisplay.from_estimator(cae, X[::6], name=f"alpha = {cae.alpha:g}", ax=ax)
ax.set_ylim(bottom=1e-3)
