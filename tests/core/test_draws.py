"""Draws are fresh, distributed as they say, and equal for rows of equal value."""

import pytest
import torch

from skcae.core.draws import RowDraws, StackedDraws, on_device, ranks
from skcae.core.streams import Gathered, as_batch, stack

X = torch.rand(300, 40, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
METHODS = {
    "signs": lambda draws: draws.signs(40),
    "normal": lambda draws: draws.normal(),
    "uniform": lambda draws: draws.uniform(),
}
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def draws(x=X, seed=0):
    return RowDraws(x, torch.Generator().manual_seed(seed))


@each_method
def test_every_draw_is_fresh_and_in_the_dtype_of_the_rows(method):
    source = draws(X.float())
    first, second = method(source), method(source)
    assert first.shape == second.shape == X.shape
    assert first.dtype == torch.float32
    assert not torch.equal(first, second)


@pytest.mark.parametrize("method", [METHODS["normal"], METHODS["uniform"]])
def test_equal_rows_get_equal_numbers_wherever_they_stand(method):
    place = torch.tensor([3, 0, 3, 7, 0, 3, 11, 5])
    repeated, distinct = method(draws(X[place])), method(draws(X[place.unique()]))
    assert torch.equal(repeated, distinct[torch.searchsorted(place.unique(), place)])
    assert len(repeated.unique(dim=0)) == 5


def test_ranks_are_those_of_unique():
    keys = torch.tensor([2.0, 0.5, 2.0, 7.0, 0.5])
    assert torch.equal(ranks(keys), keys.unique(return_inverse=True)[1])
    assert len(ranks(keys[:0])) == 0


def test_signs_of_equal_rows_are_independent():
    signs = draws(X[:1].expand(50, -1)).signs(40)
    assert len(signs.unique(dim=0)) == 50


def test_moments():
    signs, normal, uniform = (method(draws()) for method in METHODS.values())
    assert set(signs.unique().tolist()) == {-1.0, 1.0}
    assert abs(signs.mean()) < 0.03
    assert abs(normal.mean()) < 0.03
    assert normal.std().item() == pytest.approx(1, abs=0.02)
    assert uniform.min() >= 0
    assert uniform.max() < 1
    assert uniform.std().item() == pytest.approx(12**-0.5, abs=0.01)


def test_any_number_of_columns():
    assert draws().normal(3).shape == (300, 3)
    assert draws(X[:0]).signs(2).shape == (0, 2)


@each_method
def test_models_draw_what_each_would_alone(method):
    rows = [X[:5], X[5:12]]
    batches = [as_batch(Gathered(x), torch.Generator().manual_seed(7)) for x in rows]
    together = stack(batches, torch.tensor([0, 1, 0]))
    assert isinstance(together.draws, StackedDraws)
    numbers = method(together.draws)
    for model, x in enumerate((rows[0], rows[1], rows[0])):
        assert torch.equal(numbers[model, : len(x)], method(draws(x, seed=7)))
        assert (numbers[model, len(x) :] == 0).all()


def test_a_generator_of_the_same_device_is_used_as_it_is():
    generator = torch.Generator()
    assert on_device(generator, torch.device("cpu")) is generator


def test_what_rides_along_is_cut_and_stacked_with_the_rows():
    x, labels = X[:6], torch.arange(6)
    part = Gathered(x, torch.ones(6), {"label": labels}).part(slice(2, 4))
    assert torch.equal(part.extra["label"], labels[2:4])
    batches = [as_batch(part, torch.Generator()), as_batch(part, torch.Generator())]
    together = stack(batches, torch.tensor([0, 1, 1]))
    assert torch.equal(together.extra["label"], labels[2:4].expand(3, 2))
