"""What a fitted autoencoder's code follows and what it ignores."""

from skcae.inspection._codes import contraction_curve, saturation
from skcae.inspection._jacobian import contraction, jacobian
from skcae.inspection._spectrum import local_dimension, singular_values, tangents

__all__ = [
    "contraction",
    "contraction_curve",
    "jacobian",
    "local_dimension",
    "saturation",
    "singular_values",
    "tangents",
]
