"""The same data in other units."""

import warnings

from _table import show
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction, saturation

X, rows = load_digits().data / 16, []
for scale in (1, 16):
    cae = ContractiveAutoencoder(max_iter=50, n_iter_no_change=None, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cae.fit(scale * X)
    assert [str(one.message).count("has saturated") for one in caught] == [1] * (scale > 1)
    error, norm = -cae.score(scale * X) / scale**2, contraction(cae, scale * X).mean() * scale**2
    rows.append([f"0 to {scale}", error, float(norm), float(saturation(cae, scale * X).mean())])
show(["pixels from", "reconstruction error", ":math:`\\| J \\|_F^2`", "saturated units"], rows)
