"""What the penalty does with tied and with untied weights."""

import numpy as np
from _table import show
from sklearn.datasets import load_digits

from skcae import contractive_path
from skcae.inspection import contraction, saturation, singular_values

X = load_digits().data / 16
rows = []
for tied in (True, False):
    shared = {
        "tied_weights": tied,
        "learning_rate_init": 0.02,
        "n_iter_no_change": None,
        "random_state": 0,
    }
    for cae in contractive_path(X, [0, 0.1, 1], **shared):
        s = singular_values(cae, X[::5], k=10)
        norms = [float(np.linalg.norm(cae.coefs_[layer])) for layer in (0, 1)]
        measured = [
            -cae.score(X),
            contraction(cae, X).mean(),
            *norms,
            np.median(s[:, 0] / s[:, 9]),
            saturation(cae, X).mean(),
        ]
        rows.append(["tied" if tied else "untied", f"{cae.alpha:g}", *map(float, measured)])
head = [
    "weights",
    "alpha",
    "reconstruction error",
    ":math:`\\| J \\|_F^2`",
    "W",
    "V",
    "anisotropy",
    "saturated units",
]
show(head, rows)

anisotropy = {tuple(row[:2]): row[6] for row in rows}
norms = {tuple(row[:2]): row[3] for row in rows}
assert min(norms, key=norms.get) == ("untied", "1")
weak = rows[-1]
assert weak[4] < min(row[4] for row in rows[:3]) < max(row[5] for row in rows[:3]) < weak[5]
assert weak[6] < anisotropy["tied", "0.1"]
assert round(weak[7], 2) == 0
assert anisotropy["tied", "0"] < anisotropy["tied", "0.1"] < anisotropy["tied", "1"]
