"""What is left of the reconstruction loss of the wines, scaled and not."""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import load_wine
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skcae import ContractiveAutoencoder

wine = load_wine().data
rows = {
    "as measured": wine,
    "MinMaxScaler": MinMaxScaler().fit_transform(wine),
    "StandardScaler": StandardScaler().fit_transform(wine),
}
figure, ax = plt.subplots()
for name, X in rows.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cae = ContractiveAutoencoder(16, alpha=0.01, random_state=0).fit(X)
    assert bool(caught) == (name == "as measured"), [str(one.message) for one in caught]
    left = [loss / X.var(axis=0).sum() for loss in cae.reconstruction_curve_]
    assert left[-1] > 1 if name == "as measured" else left[-1] < 0.05, (name, left[-1])
    ax.semilogy(range(1, len(left) + 1), left, label=name)
ax.axhline(1, color="black", linestyle=":", linewidth=1)
ax.set(xlabel="epoch", ylabel="loss / loss of the mean")
ax.legend()
