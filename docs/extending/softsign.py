from torch.nn.functional import softsign

from skcae.core.activations import Activation

SOFTSIGN = Activation(
    softsign,
    lambda h: (1 - h.abs()).square(),
    lambda h, slope: -2 * h.sign() * slope * (1 - h.abs()),
)
