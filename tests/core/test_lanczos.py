"""Eigenvectors from products alone: those of the matrix, or a doubt."""

import pytest
import torch
from problems import assert_close

from skcae.core import lanczos
from skcae.core.lanczos import leading

SIZE = 90
SPECTRA = {
    "geometric": lambda place: torch.exp(-place),
    "linear": lambda place: (1 - 0.05 * place).clamp_min(0),
    "flat": lambda place: 1 - 1e-3 * place,
    "three levels": lambda place: 0.2 + 0.4 * (2 - place).clamp_min(0) + 1e-4 * (5 - place),
}


def operator(spectrum, copies):
    """A symmetric matrix with several copies of each eigenvalue, in order, and two vectors to start from."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(2, SIZE, SIZE, generator=generator, dtype=torch.float64)
    values = SPECTRA[spectrum]((torch.arange(SIZE) // copies).double()).clamp_min(0)
    (vectors, start), _ = torch.linalg.qr(drawn)
    return values, (vectors * values) @ vectors.mT, start[:2].unsqueeze(0)


@pytest.mark.parametrize("norm_is_known", [True, False])
@pytest.mark.parametrize("copies", [2, 3, 6])
@pytest.mark.parametrize("spectrum", SPECTRA)
def test_what_is_sure_is_right(spectrum, copies, norm_is_known):
    """A narrow block may miss copies, and its residuals do not show it."""
    values, A, start = operator(spectrum, copies)
    squared = A.square().sum().reshape(1) if norm_is_known else None
    found = leading(lambda block: block @ A, start, copies, 60, squared)
    if found.sure:
        assert_close(found.values[0], values[:copies])
        moved = found.vectors @ A
        assert_close(moved, found.values.unsqueeze(-1) * found.vectors)
    else:
        assert spectrum != "geometric"


def test_residuals_alone_miss_copies(monkeypatch):
    monkeypatch.setattr(lanczos, "_none_missed", lambda found, k, delta: found.converged)
    values, A, start = operator("linear", 6)
    found = leading(lambda block: block @ A, start, 6, 60)
    assert found.sure
    assert (found.values[0] - values[:6]).abs().max() > 0.01


@pytest.mark.parametrize("norm_is_known", [True, False])
def test_a_row_that_does_not_converge_leaves_the_others_in_doubt(norm_is_known):
    """The space ends before the copies that were missed have been looked for."""
    (_, missing, start), (_, hard, _) = operator("linear", 6), operator("flat", 1)
    A = torch.stack([missing, hard])
    squared = A.square().sum((-2, -1)) if norm_is_known else None
    found = leading(lambda block: block @ A, start.expand(2, -1, -1), 6, 60, squared)
    assert not found.sure.any()


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_powers_bound_what_is_outside_of_a_space(scale):
    """Not far above: a larger bound asks for a larger space."""
    _, A, _ = operator("geometric", 1)
    drawn = torch.randn(SIZE, 60, generator=torch.Generator().manual_seed(2), dtype=A.dtype)
    known = torch.linalg.qr(drawn)[0].mT.unsqueeze(0)
    outside = torch.eye(SIZE) - known[0].mT @ known[0]
    norm = torch.linalg.matrix_norm(outside @ A @ outside, 2)
    assert norm < 0.5
    bound = lanczos._outside(lambda block: block @ (scale * A), known).item() / scale
    assert norm <= bound <= 6 * norm


def test_powers_bound_a_single_direction():
    """Normal numbers are nearly orthogonal to some of many."""
    _, vectors = torch.linalg.eigh(operator("linear", 1)[1])
    directions = vectors.mT.unsqueeze(1)
    bound = lanczos._outside(lambda block: (block @ directions.mT) @ directions, directions[:, :0])
    assert bound.min() >= 1
