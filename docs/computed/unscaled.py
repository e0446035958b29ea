"""What the defaults leave of pixels from 0 to 255 and of the same in [0, 1]."""

import warnings

from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder

pixels = load_digits().data / 16
left = {}
for largest in (1, 255):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the scale
        cae = ContractiveAutoencoder(32, random_state=0).fit(pixels * largest)
    left[largest] = -100 * cae.score(pixels * largest) / (pixels * largest).var(axis=0).sum()
assert left[255] > 3 * left[1]
print(
    f"With 32 units the defaults leave {left[1]:.0f} percent of the variance of digits in [0, 1], and "
    f"{left[255]:.0f} percent of the same digits from 0 to 255.\n"
)
