"""The contraction of a fitted autoencoder by three routes."""

from _table import show
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction, jacobian

X = load_digits().data / 16
cae = ContractiveAutoencoder(32, max_iter=30, n_iter_no_change=None, random_state=0).fit(X)
h, W = cae.transform(X), cae.components_
routes = {
    "``((h * (1 - h)) ** 2 @ (W**2).sum(1)).mean()``": ((h * (1 - h)) ** 2 @ (W**2).sum(1)).mean(),
    "``contraction(cae, X).mean()``": contraction(cae, X).mean(),
    "``(jacobian(cae, X) ** 2).sum((1, 2)).mean()``": (jacobian(cae, X) ** 2).sum((1, 2)).mean(),
    "``cae.contraction_curve_[-1]``": cae.contraction_curve_[-1],
}
exact, *others, recorded = routes.values()
assert max(abs(value / exact - 1) for value in others) < 1e-12
assert 0 < abs(recorded / exact - 1) < 0.01
show(
    ["Mean over the digits", "value"], [(route, f"{value:.10f}") for route, value in routes.items()]
)
