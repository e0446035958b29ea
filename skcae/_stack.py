"""An encoder as a stack of layers: its steps, its checks, and its fit."""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from skcae import _bridge, _domain, _validation
from skcae._codes import Codes
from skcae.core.activations import ACTIVATIONS
from skcae.core.losses import column_loss

REMEDY = (
    "Use one of the autoencoders, a Pipeline of scalers and autoencoders, or either in a "
    "FrozenEstimator; None is ContractiveAutoencoder()."
)


def _of_attributes(factor: str, offset: str | None, divides: bool) -> Callable[[Any], Any]:
    """Scale and shift of ``(x - offset) / factor``, or of ``x * factor + offset``."""

    def affine(scaler: Any) -> tuple[Any, Any]:
        scale, shift = getattr(scaler, factor), getattr(scaler, offset) if offset else None
        scale, shift = 1.0 if scale is None else scale, 0.0 if shift is None else shift
        return (1 / scale, -shift / scale) if divides else (scale, shift)

    return affine


SCALERS: dict[type, Callable[[Any], Any]] = {
    StandardScaler: _of_attributes("scale_", "mean_", divides=True),
    RobustScaler: _of_attributes("scale_", "center_", divides=True),
    MaxAbsScaler: _of_attributes("scale_", None, divides=True),
    MinMaxScaler: _of_attributes("scale_", "min_", divides=False),
}
"""Scalers that may follow an autoencoder, with their scale and shift."""

Range = tuple[float, float]
UNBOUNDED: Range = (-inf, inf)


def _codes(activation: str) -> Range:
    """The range of the codes of an activation, which never falls."""
    low, high = ACTIVATIONS[activation].forward(torch.tensor([-inf, inf])).tolist()
    return low, high


def _scaled(scaler: Any, below: Range) -> Range:
    """The range of what a scaler gives, by that of what it is given."""
    if type(scaler) is MinMaxScaler:
        low, high = scaler.feature_range[:2]
        return low, high
    if type(scaler) is MaxAbsScaler:
        return (0.0 if below[0] >= 0 else -1.0), 1.0
    return UNBOUNDED


class Stack(NamedTuple):
    """The steps of an encoder."""

    before: list[Any]
    """Transformers before the first autoencoder."""
    layers: list[Any]
    """The first autoencoder, and the autoencoders and scalers that follow."""
    frozen: list[bool]
    """Which of the transformers before are frozen."""

    @property
    def autoencoders(self) -> list[Codes]:
        """The autoencoders alone."""
        return [step for step in self.layers if isinstance(step, Codes)]

    def reach(self, X: Any) -> Any:
        """X as it reaches the first autoencoder."""
        for step in self.before:
            X = step.transform(X)
        return X


def stack_of(encoder: Any) -> Stack:
    """The steps of an encoder, checked."""
    found = [] if isinstance(encoder, type) else list(_steps(encoder))
    steps, frozen = [step for step, _ in found], [is_frozen for _, is_frozen in found]
    places = [place for place, step in enumerate(steps) if isinstance(step, Codes)]
    if not places:
        raise TypeError(f"encoder={encoder!r} must hold an autoencoder of skcae. {REMEDY}")
    first = places[0]
    stack = Stack(steps[:first], steps[first:], frozen[:first])
    for step in stack.before:
        if not hasattr(step, "transform"):
            raise TypeError(
                f"encoder has the step {step!r}, which has no transform to carry rows to the "
                f"autoencoder behind it. {REMEDY}"
            )
    for step in stack.layers:
        _check_affine(step)
    return stack


def _steps(encoder: Any, frozen: bool = False) -> Iterator[tuple[Any, bool]]:
    """Every step, and whether it is frozen."""
    while isinstance(encoder, FrozenEstimator):
        encoder, frozen = encoder.estimator, True
        check_is_fitted(encoder)
    if isinstance(encoder, Pipeline):
        for _, step in encoder.steps:
            if step is not None and step != "passthrough":
                yield from _steps(step, frozen)
    else:
        yield encoder, frozen


def _check_affine(step: Any) -> None:
    if not isinstance(step, Codes) and type(step) not in SCALERS:
        names = ", ".join(kind.__name__ for kind in SCALERS)
        raise TypeError(
            f"encoder has the step {step!r} behind an autoencoder, where only autoencoders and "
            f"{names} may stand. Put it before the first autoencoder, or leave it out."
        )
    if getattr(step, "clip", False):
        raise ValueError(
            f"encoder has the step {step!r} behind an autoencoder, where scalers must be "
            "affine; set clip=False."
        )


def only_scalers(stack: Stack) -> bool:
    """Whether the number of features that reach the first autoencoder is known."""
    return all(type(step) in SCALERS for step in stack.before)


def check_stack(stack: Stack, n_rows: int, n_features: int) -> list[int]:
    """Check that the steps fit each other, and return the known layer sizes."""
    for step in (*stack.before, *stack.layers):
        if hasattr(step, "_parameter_constraints"):  # which other transformers have not
            step._validate_params()
    sizes = [n_features] if only_scalers(stack) else []
    below: Any = None
    bounds = UNBOUNDED
    for step in stack.layers:
        _check_fitted(step, sizes)
        if isinstance(step, Codes):
            if not hasattr(step, "coefs_"):
                _check_unfitted(step, below, bounds, n_rows, sizes)
            sizes += _code_sizes(step)
            bounds = _codes(step.code_activation or step.activation)
        else:
            clone(step).fit(np.zeros((1, 1)))  # checks the parameters that no constraint does
            bounds = _scaled(step, bounds)
        below = step
    return sizes


def _code_sizes(autoencoder: Codes) -> list[int]:
    if hasattr(autoencoder, "coefs_"):
        return [coef.shape[1] for coef in autoencoder.coefs_[: len(autoencoder.coefs_) // 2]]
    return list(_validation.layer_sizes(autoencoder, 0)[1:])


def _check_fitted(step: Any, sizes: list[int]) -> None:
    """Check that a fitted step takes as many features as it is given."""
    expected = getattr(step, "n_features_in_", None)
    if sizes and expected is not None and expected != sizes[-1]:
        raise ValueError(
            f"encoder has {step!r}, which is fitted to {expected} features but is given "
            f"{sizes[-1]}; fit it on the output of the steps before it, or do not freeze it."
        )


def _check_unfitted(
    autoencoder: Codes, below: Any, bounds: Range, n_rows: int, sizes: list[int]
) -> None:
    """Check that an autoencoder can be trained on the output of the step below it."""
    _bridge.resolve_device(autoencoder.device)
    if below is None:
        return  # its fit checks the rows before it trains
    autoencoder._check_ahead(n_rows, sizes[-1])
    names = _domain.loss_name(autoencoder.loss)
    if not isinstance(names, str):
        _domain.check_column_losses(names, sizes[-1])
    for name in np.atleast_1d(names).tolist():
        low, high = np.array(column_loss(name).domain)
        if bounds[0] < low - _domain.ROUNDING or bounds[1] > high + _domain.ROUNDING:
            raise ValueError(
                f"encoder has loss={name!r} behind {below!r}, whose values may lie outside of "
                f"[{low:g}, {high:g}]; put a MinMaxScaler between them, or use "
                "loss='squared_error'."
            )


def width_before(stack: Stack, X: Any, sample_weight: Any, fit: Callable[..., Any]) -> int:
    """The number of features that reach the first autoencoder, which is not trained.

    The transformers are fitted for this alone, and once more with the encoder.
    """
    pairs = zip(stack.before, stack.frozen, strict=True)
    steps = [FrozenEstimator(step) if frozen else clone(step) for step, frozen in pairs]
    before = fit(make_pipeline(*steps), X, sample_weight)
    fitted = stack._replace(before=[step for _, step in before.steps])
    return int(np.shape(fitted.reach(X[:1]))[1])


def seeded(encoder: Any, random_state: Any) -> Any:
    """A clone of an encoder, with this seed in every step that has none."""
    encoder = clone(encoder)
    if random_state is not None:
        unseeded = {
            name: random_state
            for name, value in encoder.get_params().items()
            if name.split("__")[-1] == "random_state" and value is None
        }
        encoder.set_params(**unseeded)
    return encoder


def fit_encoder(encoder: Any, X: Any, sample_weight: Any) -> Any:
    """Fit an encoder, with weights for every step that takes them."""
    return encoder.fit(X, None, **weights_of(encoder, sample_weight))


def weights_of(encoder: Any, sample_weight: Any, prefix: str = "") -> dict[str, Any]:
    """Fit parameters that pass the weights to every step that takes them."""
    if sample_weight is None or isinstance(encoder, FrozenEstimator):
        return {}
    if not isinstance(encoder, Pipeline):
        takes = has_fit_parameter(encoder, "sample_weight")
        return {f"{prefix}sample_weight": sample_weight} if takes else {}
    weights: dict[str, Any] = {}
    for name, step in encoder.steps:
        weights |= weights_of(step, sample_weight, f"{prefix}{name}__")
    return weights
