"""Grids of alpha for several data sets, scaled in two ways."""

from _table import show
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skcae import ContractiveAutoencoder
from skcae.model_selection import alpha_grid

rows, middles = [], []
for name, load in {
    "digits": load_digits,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
}.items():
    for Scaler in (MinMaxScaler, StandardScaler):
        X = Scaler().fit_transform(load().data)
        for n_components in (16, 128):
            grid = alpha_grid(ContractiveAutoencoder(n_components), X)
            middles.append(grid[4])
            values = (f"{float(f'{grid[at]:.2g}'):g}" for at in (0, 4, 8))
            rows.append([name, f"``{Scaler.__name__}``", n_components, *values])
show(["data", "scaler", "components", "lowest alpha", "middle", "highest"], rows)
narrow, wide = middles[::2], middles[1::2]
assert all(larger > smaller for larger, smaller in zip(narrow, wide, strict=True))
scaled, standardised = [*middles[::4], *middles[1::4]], [*middles[2::4], *middles[3::4]]
assert all(larger > smaller for larger, smaller in zip(standardised, scaled, strict=True))
