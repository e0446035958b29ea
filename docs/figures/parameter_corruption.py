"""The corruptions that a denoising autoencoder trains with, at two levels."""

import torch
from _images import show_rows
from sklearn.datasets import load_digits

from skcae.core.corruptions import Corruption
from skcae.core.draws import RowDraws

X = torch.from_numpy(load_digits().data[:200] / 16)
rows = {"digit": X.numpy()}
for kind in ("masking", "gaussian", "salt_and_pepper"):
    for level in (0.1, 0.3):
        draws = RowDraws(X, torch.Generator().manual_seed(0))
        rows[f"{kind.replace('_', ' ')}, {level}"] = (
            Corruption(kind, level)(X, draws).clip(0, 1).numpy()
        )
show_rows(rows)
