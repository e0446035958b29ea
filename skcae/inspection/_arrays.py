"""What a fitted encoder does around given rows."""

from typing import Any

import numpy as np

from skcae.core import jacobian as _jacobian
from skcae.inspection._rows import Encoder, check


def contraction(estimator: Any, X: Any) -> np.ndarray:
    """Squared Frobenius norm of the encoder's Jacobian at each row, ``||J(x)||_F^2``."""
    X = check(estimator, X)
    encoder = Encoder(estimator)
    sizes = encoder.sizes
    width = max(sizes) if len(sizes) == 2 else max(sizes[1:]) * min(sizes[:2])
    return encoder.map(X, width, lambda x: _jacobian.squared_norm(encoder.weights, encoder.slopes(x)))
