"""What a constant rate leaves of the digits, and why masking leaves more of clean rows than of masked ones."""

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder, DenoisingAutoencoder

X = load_digits().data / 16
LEVEL = DenoisingAutoencoder().corruption_level
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
masks = np.random.RandomState(0).uniform(size=(10, *X.shape)) >= LEVEL


def left(reconstruction):
    """Percent of the variance of the clean rows."""
    return 100 * float(((X - reconstruction) ** 2).sum(axis=1).mean() / X.var(axis=0).sum())


def in_passes(autoencoder, orders=(slice(None),) * 10):
    for order in orders:
        for start in range(0, len(X), 200):
            autoencoder.partial_fit(X[order][start : start + 200])
    return autoencoder


contractive = left(in_passes(ContractiveAutoencoder(random_state=0)).reconstruct(X))
light = DenoisingAutoencoder(corruption_level=LEVEL / 3, random_state=0)
gaussian = DenoisingAutoencoder(corruption="gaussian", corruption_level=LEVEL / 3, random_state=0)
denoising = {
    "passes": in_passes(DenoisingAutoencoder(random_state=0)),
    "cosine": DenoisingAutoencoder(random_state=0).fit(X),
    "light": in_passes(light),
    "gaussian": in_passes(gaussian),
}


def by_hand(autoencoder):
    """What the best of the rates leaves, and the rate."""
    fits = {rate: clone(autoencoder).set_params(learning_rate_init=rate) for rate in RATES}
    return min((left(in_passes(one).reconstruct(X)), rate) for rate, one in fits.items())


deep = ContractiveAutoencoder(hidden_layer_sizes=(64,), random_state=0)
masking_left, masking_rate = by_hand(DenoisingAutoencoder(random_state=0))
deep_left, deep_rate = by_hand(deep)
deep_automatic = left(in_passes(clone(deep)).reconstruct(X))
shuffled = [np.random.RandomState(seed).permutation(len(X)) for seed in range(10)]
deep_shuffled, deep_large = (
    left(in_passes(clone(deep).set_params(batch_size=size), orders=shuffled).reconstruct(X))
    for size in ("auto", 50)
)
clean = {name: left(dae.reconstruct(X)) for name, dae in denoising.items()}
masked = {
    name: np.mean([left(dae.reconstruct(X * mask)) for mask in masks])
    for name, dae in denoising.items()
}
answers = denoising["passes"].reconstruct(X)
offset = clean["passes"] - left(answers - answers.mean(axis=0) + X.mean(axis=0))
spread = denoising["cosine"].reconstruct(X).var(axis=0).sum() / X.var(axis=0).sum()
as_masked = {name: left(dae.reconstruct(X * (1 - LEVEL))) for name, dae in denoising.items()}
assert contractive < 10
assert clean["gaussian"] < 10
assert masking_left > 20
assert deep_automatic < 1.05 * deep_left
assert deep_shuffled < 10 < min(deep_large, deep_automatic)
assert masked["cosine"] < masked["passes"]
assert clean["cosine"] > clean["passes"] > as_masked["passes"] > as_masked["cosine"]
assert spread > 1.2
print(
    "At a constant rate, ten passes of ``partial_fit`` over the digits in [0, 1], 200 rows a call, leave "
    f"{contractive:.0f} percent of their variance with ``ContractiveAutoencoder``, and "
    f"{clean['passes']:.0f} percent with ``DenoisingAutoencoder``, which masks. With gaussian noise of "
    f"{LEVEL / 3:.1f} they leave {clean['gaussian']:.0f}.\n\n"
    f"None of {len(RATES)} rates between {min(RATES):g} and {max(RATES):g} brings masking below 10: the best, {masking_rate:g}, "
    f"leaves {masking_left:.0f}. The cause is the objective, which has masked rows only. The passes leave "
    f"{masked['passes']:.0f} percent if the rows are masked. A fit along a cosine leaves "
    f"{masked['cosine']:.0f} percent of masked rows, and {clean['cosine']:.0f} of clean ones. A clean row has a sum "
    f"{1 / (1 - LEVEL):.1f} times that of a masked one in the mean, as masking in the sense of the papers "
    "does not rescale the values that it keeps. The output of the passes is therefore shifted, alike for "
    f"all clean rows, by {offset:.0f} percent of the variance. The output of the cosine has {spread:.1f} "
    f"times the variance of the rows. Rows that are multiplied by {1 - LEVEL:g} instead of masked leave "
    f"{as_masked['passes']:.0f} and {as_masked['cosine']:.0f} percent. With "
    f"``corruption_level={LEVEL / 3:.1f}``, the passes leave {clean['light']:.0f} percent of the clean rows.\n\n"
    f"With a hidden layer of 64 units, ten passes over rows in random order leave {deep_shuffled:.1f} percent. In the order of the data "
    f"set, where rows that follow each other are alike, they leave {deep_automatic:.1f}; the best of these rates, {deep_rate:g}, leaves "
    f"{deep_left:.1f}. Steps of 50 rows, as without hidden layers, leave {deep_large:.1f} percent of rows in random order.\n"
)
