"""What the defaults leave of rows in other units, by activation."""

import warnings

import torch
from _table import show
from sklearn.datasets import load_breast_cancer, load_digits

from skcae import ContractiveAutoencoder
from skcae.core.activations import ACTIVATIONS

SCALES = (1, 16, 255)
pixels = load_digits().data[:1000] / 16
sets = {f"digits, 0 to {scale}": scale * pixels for scale in SCALES}
sets["breast cancer, unscaled"] = load_breast_cancer().data
SMALL, SHIFTED = "digits, 0 to 0.01", "digits, 10 to 11"
sets |= {SMALL: pixels / 100, SHIFTED: 10 + pixels}
left, warned = {}, {}
for name in ACTIVATIONS:
    for data, X in sets.items():
        cae = ContractiveAutoencoder(32, alpha=0, activation=name, random_state=0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            cae.fit(X)
        left[name, data] = -100 * cae.score(X) / X.var(axis=0).sum()
        warned[name, data] = bool(caught)
show(
    ["activation", *sets],
    (
        [name, *(f"{left[name, data]:.1f}{'*' * warned[name, data]}" for data in sets)]
        for name in ACTIVATIONS
    ),
)
first, *others, _, _ = sets
for name, activation in ACTIVATIONS.items():
    assert not warned[name, first]
    assert all(warned[name, data] for data in others) == activation.bounded
    zero_at_zero = float(activation.forward(torch.zeros(1))) == 0
    assert warned[name, SMALL] != zero_at_zero
    assert (left[name, SMALL] < 10) == zero_at_zero
unbounded = [name for name in ACTIVATIONS if not ACTIVATIONS[name].bounded]
more = max(left[name, data] - left[name, first] for name in unbounded for data in others)
bounded = [left[name, data] for name in ACTIVATIONS if name not in unbounded for data in others]
shifted = [left[name, SHIFTED] for name in unbounded]
assert more < 10
assert min(bounded) > 2 * max(left[name, first] for name in ACTIVATIONS)
lost = [left[name, SMALL] for name in ("logistic", "softplus")]
print(
    f"In larger units, fits without bounds leave at most {more:.1f} percent of the variance more, and are quiet; with bounds they "
    f"leave {min(bounded):.0f} percent or more, and warn. From 0 to 0.01, logistic and softplus, which are not zero at zero, leave "
    f"{lost[0]:.0f} and {lost[1]:.0f} percent, and warn. A shift by 10 is another matter: without bounds they leave "
    f"{min(shifted):.0f} to {max(shifted):.0f} percent, and {sum(warned[name, SHIFTED] for name in unbounded)} of the "
    f"{len(unbounded)} fits warn.\n"
)
