"""Contractive autoencoders for scikit-learn."""

from skcae._contractive import ContractiveAutoencoder
from skcae._denoising import DenoisingAutoencoder
from skcae._path import contractive_path
from skcae.core.penalties import Exact, Hutchinson

__version__ = "0.1.0"

__all__ = ["ContractiveAutoencoder", "DenoisingAutoencoder", "Exact", "Hutchinson", "contractive_path"]
