"""What to trust when skops loads a file."""

from skcae._contractive import ContractiveAutoencoder
from skcae._contractive_cv import ContractiveAutoencoderCV
from skcae._denoising import DenoisingAutoencoder
from skcae.core.penalties import PENALTIES

KINDS = (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    *PENALTIES.values(),
)
TRUSTED_TYPES: list[str] = [
    *(f"{kind.__module__}.{kind.__qualname__}" for kind in KINDS),
    "skcae.model_selection.JointGridSearchCV",  # not imported for its name alone
]
"""The names of all types of skcae that a file can hold: ``skops.io.load(file, trusted=TRUSTED_TYPES)``."""
