"""Contraction at a distance of a plain, a contractive and a denoising code."""

import matplotlib.pyplot as plt
import numpy as np
from _digits import PATH, X

from skcae import DenoisingAutoencoder
from skcae.inspection import ContractionCurveDisplay

shared = {
    "n_components": 128,
    "loss": "cross_entropy",
    "max_iter": 60,
    "n_iter_no_change": None,
    "random_state": 0,
}
codes = {
    "plain": PATH[0],
    "contractive, alpha = 0.1": PATH[1],
    "denoising, masking 0.3": DenoisingAutoencoder(corruption_level=0.3, **shared).fit(X),
}
_, ax = plt.subplots()
close = {}
for name, estimator in codes.items():
    display = ContractionCurveDisplay.from_estimator(
        estimator, X, np.linspace(0, 20, 41), random_state=0, name=name, ax=ax
    )
    close[name.partition(",")[0]] = display.ratios[0]
assert 3 * close["contractive"] < close["denoising"] < close["plain"] / 1.5
