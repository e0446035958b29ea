from dataclasses import dataclass

from skcae.core import jacobian
from skcae.core.penalties import Penalty


@dataclass(frozen=True)
class Scaled(Penalty):
    """``||J diag(scales)||_F^2``: the norm for an encoder with scaled first weights."""

    scales: tuple[float, ...]

    def __call__(self, point, draws):
        first, *others = point.weights
        scaled = first * first.new_tensor(self.scales)
        return jacobian.squared_norm([scaled, *others], point.slopes)
