"""From the parameters and X of an estimator to the objects of the core, checked."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
import torch
from sklearn import config_context, get_config
from sklearn.base import _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import (
    _check_method_params,
    _check_sample_weight,
    check_array,
    validate_data,
)
from torch import Tensor

from skcae import _bridge, _domain
from skcae.core.activations import ACTIVATIONS
from skcae.core.corruptions import CORRUPTIONS, Corruption
from skcae.core.losses import LOSSES
from skcae.core.model import Architecture
from skcae.core.penalties import PENALTIES, Exact, Hutchinson, Penalty
from skcae.core.solvers import RATES, SOLVERS, Solver

Method = TypeVar("Method", bound=Callable[..., Any])


def checked_parameters(method: Method) -> Method:
    """Decorator of fit methods that checks ``_parameter_constraints`` first."""
    checked: Method = _fit_context(prefer_skip_nested_validation=True)(method)
    return checked


def is_number(value: Any) -> bool:
    """Whether a value is a real number of any type except bool."""
    return isinstance(value, Real) and not isinstance(value, bool)


class Number(Interval):
    """Interval of all real numbers that fit a float, without bools."""

    def is_satisfied_by(self, value: Any) -> bool:
        if not isinstance(value, self.type) or not is_number(value):
            return False
        try:
            return (value if self.type is Integral else float(value)) in self
        except OverflowError:
            return False


class DeviceName(StrOptions):
    """The options, and the names of all devices of torch, available or not."""

    def is_satisfied_by(self, value: Any) -> bool:
        known = isinstance(value, str) and _bridge.is_device_name(value)
        return known or super().is_satisfied_by(value)

    def __str__(self) -> str:
        return f"{super().__str__()}, {_bridge.DEVICE_NAMES}"


LARGEST, LARGEST_INT = float(np.finfo(np.float64).max), int(np.iinfo(np.int64).max)
MOST_ALPHAS = 450
"""Most geometric steps over two decades that stay distinct at three digits.

Neighbours then differ by about one percent.
"""

FLOATS: list[np.dtype] = [np.dtype(np.float64), np.dtype(np.float32)]
"""Dtypes of computation; any other dtype becomes the first."""

SHARED_CONSTRAINTS: dict[str, list[Any]] = {
    "n_components": [Number(Integral, 1, LARGEST_INT, closed="both")],
    "hidden_layer_sizes": [Number(Integral, 1, LARGEST_INT, closed="both"), "array-like"],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "code_activation": [StrOptions(set(ACTIVATIONS)), None],
    "loss": [StrOptions(set(LOSSES)), "array-like"],
    "tied_weights": ["boolean"],
    "solver": [StrOptions(set(SOLVERS))],
    "learning_rate": [StrOptions(set(RATES))],
    "learning_rate_init": [StrOptions({"auto"}), Number(Real, 0, LARGEST, closed="right")],
    "momentum": [Number(Real, 0, 1, closed="left")],
    "nesterovs_momentum": ["boolean"],
    "batch_size": [StrOptions({"auto"}), Number(Integral, 1, LARGEST_INT, closed="both")],
    "max_iter": [Number(Integral, 1, LARGEST_INT, closed="both")],
    "tol": [Number(Real, 0, LARGEST, closed="both")],
    "n_iter_no_change": [Number(Integral, 1, LARGEST_INT, closed="both"), None],
    "early_stopping": ["boolean"],
    "validation_fraction": [Number(Real, 0, 1, closed="neither")],
    "weight_decay": [Number(Real, 0, LARGEST, closed="both")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "device": [DeviceName({"auto"}), torch.device, None],
    "verbose": ["verbose"],
}
CONTINUATION_CONSTRAINTS: dict[str, list[Any]] = {"warm_start": ["boolean"]}
PENALTY_CONSTRAINTS: dict[str, list[Any]] = {
    "penalty": [StrOptions({"auto", *PENALTIES}), Penalty],
}
CONTRACTION_CONSTRAINTS: dict[str, list[Any]] = {
    "alpha": [Number(Real, 0, LARGEST, closed="both")],
    **PENALTY_CONSTRAINTS,
}
CORRUPTION_CONSTRAINTS: dict[str, list[Any]] = {
    "corruption": [StrOptions(set(CORRUPTIONS))],
    "corruption_level": [Number(Real, 0, LARGEST, closed="both")],
}
CROSS_VALIDATION_CONSTRAINTS: dict[str, list[Any]] = {
    "alphas": [Number(Integral, 2, MOST_ALPHAS, closed="both"), "array-like"],
    "cv": ["cv_object"],
    "scoring": [str, callable, None],
}
DETECTION_CONSTRAINTS: dict[str, list[Any]] = {
    "autoencoder": [HasMethods(["fit", "get_params"]), None],
    "contamination": [StrOptions({"auto"}), Number(Real, 0, 0.5, closed="right")],
    "standardize_errors": ["boolean"],
    "random_state": ["random_state"],
}
CLASSIFICATION_CONSTRAINTS: dict[str, list[Any]] = {
    "fine_tune": ["boolean"],
    "C": [Number(Real, 0, None, closed="right")],
    "class_weight": [dict, StrOptions({"balanced"}), None],
    "n_tangents": [Number(Integral, 0, LARGEST_INT, closed="both")],
    "tangent_strength": [Number(Real, 0, LARGEST, closed="both")],
    "tangent_draws": [Number(Integral, 1, LARGEST_INT, closed="both"), None],
    "tangent_rows": [StrOptions({"labelled", "all"})],
    "dropout": [Number(Real, 0, 1, closed="left")],
}


def check_rows(estimator: Any, X: Any, *, reset: bool) -> Any:
    """X as float32 or float64, dense or CSR; once fitted, in the dtype of the fit."""
    X = _checkable(X)
    dtypes = FLOATS if reset else [estimator.coefs_[0].dtype]
    return validate_data(
        estimator, X, reset=reset, accept_sparse="csr", dtype=_bridge.dtypes_like(X, dtypes)
    )


def _checkable(X: Any) -> Any:
    """X as scikit-learn can check it; with array API dispatch a tensor stays one."""
    if isinstance(X, Tensor) and get_config()["array_api_dispatch"]:
        return X.detach()
    return _bridge.to_array(X)


def check_weights(sample_weight: Any, X: Any) -> np.ndarray | None:
    """Non-negative weights in the dtype of X, with a positive and finite sum."""
    if sample_weight is None:
        return None
    weight, dtype = _bridge.to_array(sample_weight), np.dtype(_bridge.dtype_name(X))
    with config_context(array_api_dispatch=False):
        weight = _check_sample_weight(weight, X, dtype=dtype, ensure_non_negative=True)
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not 0 < total < np.inf:
        raise ValueError(
            f"sample_weight sums to {total:g}; it must contain at least one non-zero number, and "
            "its sum must be finite. Divide it by its largest value, or leave it out."
        )
    return weight


def given_to_fit(
    estimator: Any, X: Any, y: Any, params: dict[str, Any], rows: Any
) -> tuple[Any, Any, dict[str, Any]]:
    """The X, y and fit parameters that a search passes to a fit on some rows."""
    return *_safe_split(estimator, X, y, rows), _check_method_params(X, params, rows)


def check_validation(
    estimator: Any, X_val: Any, sample_weight_val: Any, X: Any
) -> tuple[Any, np.ndarray | None] | None:
    """The X_val passed to fit, in the dtype of X, and its weights."""
    if X_val is None:
        if sample_weight_val is not None:
            raise ValueError(
                "sample_weight_val is given without X_val, whose weights it holds; pass X_val too."
            )
        return None
    if not estimator.early_stopping:
        raise ValueError(
            f"X_val is given, but early_stopping={estimator.early_stopping!r} does not use it; "
            "set early_stopping=True, or leave X_val out."
        )
    try:
        X_val = _checkable(X_val)
        dtypes = _bridge.dtypes_like(X_val, [np.dtype(_bridge.dtype_name(X))])
        X_val = validate_data(estimator, X_val, reset=False, accept_sparse="csr", dtype=dtypes)
        _domain.check_domain(X_val, estimator.loss)
        return X_val, check_weights(sample_weight_val, X_val)
    except ValueError as error:
        raise ValueError(
            f"X_val and sample_weight_val must be valid as X and sample_weight are: {error}"
        ) from error


def check_codes(estimator: Any, X: Any) -> Any:
    """Codes to decode, in the dtype of the fit and as wide as its codes."""
    X = _checkable(X)
    codes = check_array(X, dtype=_bridge.dtypes_like(X, [estimator.coefs_[0].dtype]))
    if codes.shape[1] != estimator._n_features_out:
        raise ValueError(
            f"X has {codes.shape[1]} columns, but {type(estimator).__name__} has codes of "
            f"{estimator._n_features_out} components; pass what its transform returned."
        )
    return codes


def layer_sizes(estimator: Any, n_features: int) -> tuple[int, ...]:
    """Layer sizes from features to code, with the hidden ones checked."""
    hidden = tuple(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes, dtype=object)))
    for size in hidden:
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
            raise ValueError(
                f"hidden_layer_sizes={hidden!r} must hold integers of at least 1; use () for one "
                "layer."
            )
    return (n_features, *map(int, hidden), int(estimator.n_components))


def architecture(estimator: Any, n_features: int) -> Architecture:
    """The architecture that the parameters describe."""
    sizes = layer_sizes(estimator, n_features)
    tied = bool(estimator.tied_weights)
    return Architecture(sizes, estimator.activation, tied, estimator.code_activation)


def check_memory(architecture: Architecture, solver: Solver, dtype: str) -> None:
    """Check for memory for four states (now, start, lowest, best) and a gradient."""
    n_buffers = 4 * (1 + solver.n_slots) + 1
    try:
        np.empty(
            (n_buffers, architecture.n_parameters), dtype
        )  # reserves memory without touching it
    except (MemoryError, ValueError) as error:
        raise MemoryError(
            f"Layers of {architecture.sizes} units, features first, need more memory to train than "
            "there is; lower n_components or hidden_layer_sizes, or select features first."
        ) from error


def check_result(result: Any, X: Any) -> Any:
    """A result computed from X; an error if it overflows."""
    if not _bridge.is_finite(result):
        largest = max(map(abs, _domain.extremes(X)))
        raise ValueError(
            f"X has values up to {largest:g}, with which the result overflows "
            f"{_bridge.dtype_name(result)}; scale X as the rows of the fit "
            "were, for instance in a Pipeline."
        )
    return result


def resolve_penalty(penalty: str | Penalty, depth: int) -> Penalty:
    """The penalty of a name; "auto" is exact for one layer, Hutchinson's for more."""
    if isinstance(penalty, Penalty):
        return penalty
    if penalty == "auto":
        return Exact() if depth == 1 else Hutchinson()
    return PENALTIES[penalty]()


def held_out_rows(estimator: Any, n_rows: int) -> int:
    """Number of rows that early stopping holds out; neither part may be empty."""
    held_out = round(float(estimator.validation_fraction) * n_rows)
    if not 0 < held_out < n_rows:
        raise ValueError(
            f"validation_fraction={estimator.validation_fraction!r} of {n_rows} rows holds out "
            f"{held_out}; early_stopping needs at least one row on each side. Give more "
            "rows, or set early_stopping=False."
        )
    return held_out


def corruption(kind: str, level: float) -> Corruption:
    """The corruption, with its level checked."""
    highest = CORRUPTIONS[kind].highest_level
    if level > highest:
        raise ValueError(
            f"corruption_level={level!r} is the fraction of values that corruption={kind!r} "
            f"replaces; it must be at most {highest:g}."
        )
    return Corruption(kind, float(level))
