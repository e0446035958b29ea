"""Contractive autoencoders for scikit-learn."""

from skcae import distributed as distributed
from skcae import exceptions as exceptions
from skcae import inspection as inspection
from skcae import metrics as metrics
from skcae import model_selection as model_selection
from skcae import onnx as onnx
from skcae import sampling as sampling
from skcae._contractive import ContractiveAutoencoder
from skcae._contractive_cv import ContractiveAutoencoderCV
from skcae._denoising import DenoisingAutoencoder
from skcae._finetuned import FinetunedClassifier
from skcae._outliers import AutoencoderDetector
from skcae._path import contractive_path
from skcae._trusted import names_to_trust
from skcae._version import __version__ as __version__
from skcae.core.penalties import Exact, HigherOrder, Hutchinson

__all__ = [
    "TRUSTED_TYPES",
    "AutoencoderDetector",
    "ContractiveAutoencoder",
    "ContractiveAutoencoderCV",
    "DenoisingAutoencoder",
    "Exact",
    "FinetunedClassifier",
    "HigherOrder",
    "Hutchinson",
    "contractive_path",
]

TRUSTED_TYPES: list[str] = names_to_trust(globals()[name] for name in __all__[1:])
"""Every type of skcae that a file can hold, for ``trusted=`` of skops.io.load."""
