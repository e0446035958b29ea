"""What a fitted autoencoder's code follows and what it ignores: arrays first, and displays of them."""

from skcae.inspection._alpha_path import AlphaPathDisplay
from skcae.inspection._check import PenaltyCheck, check_penalty
from skcae.inspection._codes import contraction_curve, saturation
from skcae.inspection._curves import ContractionCurveDisplay, SpectrumDisplay
from skcae.inspection._images import FiltersDisplay, TangentsDisplay
from skcae.inspection._jacobian import contraction, jacobian
from skcae.inspection._spectrum import local_dimension, singular_values, tangents
from skcae.inspection._training import TrainingDisplay

__all__ = [
    "AlphaPathDisplay",
    "ContractionCurveDisplay",
    "FiltersDisplay",
    "PenaltyCheck",
    "SpectrumDisplay",
    "TangentsDisplay",
    "TrainingDisplay",
    "check_penalty",
    "contraction",
    "contraction_curve",
    "jacobian",
    "local_dimension",
    "saturation",
    "singular_values",
    "tangents",
]
