"""Inspection of fitted autoencoders: Jacobians, spectra, tangents and displays."""

from skcae.inspection._check import PenaltyCheck, check_penalty
from skcae.inspection._codes import contraction_curve, saturation
from skcae.inspection._display_alpha_path import AlphaPathDisplay
from skcae.inspection._display_components import ComponentsDisplay
from skcae.inspection._display_curves import ContractionCurveDisplay, SpectrumDisplay
from skcae.inspection._display_images import FiltersDisplay, TangentsDisplay
from skcae.inspection._display_training import TrainingDisplay
from skcae.inspection._display_walks import WalksDisplay
from skcae.inspection._jacobian import contraction, jacobian
from skcae.inspection._spectrum import local_dimension, singular_values, tangents

__all__ = [
    "AlphaPathDisplay",
    "ComponentsDisplay",
    "ContractionCurveDisplay",
    "FiltersDisplay",
    "PenaltyCheck",
    "SpectrumDisplay",
    "TangentsDisplay",
    "TrainingDisplay",
    "WalksDisplay",
    "check_penalty",
    "contraction",
    "contraction_curve",
    "jacobian",
    "local_dimension",
    "saturation",
    "singular_values",
    "tangents",
]
