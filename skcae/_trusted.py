"""What to trust when skops loads a file."""

from skcae._contractive import ContractiveAutoencoder
from skcae._denoising import DenoisingAutoencoder
from skcae.core.penalties import PENALTIES

TRUSTED_TYPES: list[str] = [
    *(f"{kind.__module__}.{kind.__qualname__}" for kind in (ContractiveAutoencoder, DenoisingAutoencoder, *PENALTIES.values())),
    "skcae.model_selection.JointGridSearchCV",  # not imported for its name alone
]
"""The names of all types of skcae that a file can hold: ``skops.io.load(file, trusted=TRUSTED_TYPES)``."""
