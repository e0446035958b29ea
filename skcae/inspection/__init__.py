"""What a fitted autoencoder's code follows and what it ignores."""

from skcae.inspection._arrays import contraction

__all__ = ["contraction"]
