from dataclasses import dataclass

from skcae.core import jacobian
from skcae.core.penalties import Penalty


@dataclass(frozen=True)
class Scaled(Penalty):
    """``||J diag(scales)||_F^2``, from the norm of an encoder whose first weights are scaled."""

    scales: tuple[float, ...]

    def __call__(self, weights, slopes, signs):
        first, *others = weights
        return jacobian.squared_norm([first * first.new_tensor(self.scales), *others], slopes)
