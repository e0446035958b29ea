"""Some training rows and their codes, by which a fit is judged."""

from math import ceil, sqrt

import torch

from skcae.core.model import encode
from skcae.core.monitor import Result
from skcae.core.train import Training

SPREAD_ROWS = 64
"""Number of training rows whose codes are compared after a fit."""
UNSCALED = 2.0
"""Root mean square of X above which X counts as not scaled."""


class Seen:
    """Some training rows and their codes."""

    @torch.no_grad()
    def __init__(self, training: Training, result: Result) -> None:
        rows = training.stream.rows
        n_compared = min(SPREAD_ROWS, max(2, training.schedule.batch_size))
        index = torch.arange(0, rows.n_rows, ceil(rows.n_rows / n_compared), device=rows.home)
        self.gathered = rows.gather(index).x.to_dense()
        self.axes = training.axes
        self.n_features = (self.gathered if self.axes is None else self.axes).shape[-1]
        layers = training.objective.architecture.layers(result.state.flat)
        self.code = encode(layers, self.gathered)

    @property
    def largest(self) -> float:
        """The largest absolute value of the rows."""
        x = self.gathered if self.axes is None else self.gathered @ self.axes
        return float(x.abs().max())

    @property
    def is_unscaled(self) -> bool:
        """Whether the rows are larger than scaled ones."""
        squares = float(self.gathered.square().sum(-1).mean())
        return sqrt(squares / self.n_features) > UNSCALED

    @property
    def differ(self) -> bool:
        """Whether two of the rows differ, so that their codes may differ."""
        return bool((self.gathered != self.gathered[0]).any())
