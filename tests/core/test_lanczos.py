"""Eigenvectors from products alone: those of the matrix, or a doubt."""

import pytest
import torch
from problems import assert_close

from skcae.core.lanczos import leading

SIZE = 90
SPECTRA = {
    "geometric": lambda place: torch.exp(-place),
    "linear": lambda place: (1 - 0.05 * place).clamp_min(0),
    "three levels": lambda place: 0.2 + 0.4 * (2 - place).clamp_min(0) + 1e-4 * (5 - place),
}


def operator(spectrum, copies):
    """A symmetric matrix with several copies of each eigenvalue, in order, and two vectors to start from."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(2, SIZE, SIZE, generator=generator, dtype=torch.float64)
    values = SPECTRA[spectrum]((torch.arange(SIZE) // copies).double()).clamp_min(0)
    (vectors, start), _ = torch.linalg.qr(drawn)
    return values, (vectors * values) @ vectors.mT, start[:2].unsqueeze(0)


@pytest.mark.parametrize("copies", [1, 2, 3, 6])
@pytest.mark.parametrize("spectrum", SPECTRA)
def test_what_is_sure_is_right(spectrum, copies):
    """A narrow block may miss copies, and its residuals do not show it."""
    values, A, start = operator(spectrum, copies)
    found = leading(lambda block: block @ A, start, copies, 60, A.square().sum().reshape(1))
    if found.sure:
        assert_close(found.values[0], values[:copies])
        moved = found.vectors @ A
        assert_close(moved, found.values.unsqueeze(-1) * found.vectors)
    else:
        assert spectrum != "geometric"


def test_residuals_alone_miss_copies():
    values, A, start = operator("linear", 6)
    found = leading(lambda block: block @ A, start, 6, 60)
    assert found.sure
    assert (found.values[0] - values[:6]).abs().max() > 0.01
