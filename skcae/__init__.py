"""Contractive autoencoders for scikit-learn."""

from skcae._contractive import ContractiveAutoencoder
from skcae._contractive_cv import ContractiveAutoencoderCV
from skcae._denoising import DenoisingAutoencoder
from skcae._path import contractive_path
from skcae._trusted import TRUSTED_TYPES
from skcae._version import __version__ as __version__
from skcae.core.penalties import Exact, Hutchinson

__all__ = [
    "TRUSTED_TYPES",
    "ContractiveAutoencoder",
    "ContractiveAutoencoderCV",
    "DenoisingAutoencoder",
    "Exact",
    "Hutchinson",
    "contractive_path",
]
