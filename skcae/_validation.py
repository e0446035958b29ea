"""From an estimator's parameters and its X to what the core needs, or a clear error. Private scikit-learn names stay here."""

from collections.abc import Callable
from itertools import pairwise
from math import ceil, sqrt
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
from scipy import sparse
from sklearn import config_context, get_config
from sklearn.base import _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_array, validate_data
from torch import Tensor

from skcae import _bridge
from skcae.core.activations import ACTIVATIONS
from skcae.core.corruptions import CORRUPTIONS, Corruption
from skcae.core.losses import GROUPED, LOSSES, blocks, column_loss
from skcae.core.model import Architecture
from skcae.core.monitor import Schedule
from skcae.core.objective import AutoencoderObjective
from skcae.core.penalties import PENALTIES, Exact, Hutchinson, Penalty
from skcae.core.solvers import RATES, SOLVERS, Solver

Method = TypeVar("Method", bound=Callable[..., Any])


def checked_parameters(method: Method) -> Method:
    """Decorator of fit methods: every parameter is checked against ``_parameter_constraints`` first."""
    checked: Method = _fit_context(prefer_skip_nested_validation=True)(method)
    return checked


def is_number(value: Any) -> bool:
    """Whether a value is a real number of any type, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


class Number(Interval):
    """An interval of scikit-learn's that holds any real number that fits a float, a Fraction too, and no truth value."""

    def is_satisfied_by(self, value: Any) -> bool:
        if not isinstance(value, self.type) or not is_number(value):
            return False
        try:
            return (value if self.type is Integral else float(value)) in self
        except OverflowError:
            return False


LARGEST, LARGEST_INT = float(np.finfo(np.float64).max), int(np.iinfo(np.int64).max)
MOST_ALPHAS = 900
"""A path over four decades has so many values that differ when they are rounded to three digits."""

FLOATS: list[np.dtype] = [np.dtype(np.float64), np.dtype(np.float32)]
"""What is computed in; anything else becomes the first."""

SHARED_CONSTRAINTS: dict[str, list[Any]] = {
    "n_components": [Number(Integral, 1, LARGEST_INT, closed="both")],
    "hidden_layer_sizes": [Number(Integral, 1, LARGEST_INT, closed="both"), "array-like"],
    "activation": [StrOptions(set(ACTIVATIONS))],
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
    "device": [StrOptions(set(_bridge.DEVICES)), None],
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


def check_rows(estimator: Any, X: Any, *, reset: bool) -> Any:
    """X as float32 or float64, dense or CSR; once fitted, in the dtype of the fit."""
    X = _checkable(X)
    dtypes = FLOATS if reset else [estimator.coefs_[0].dtype]
    return validate_data(
        estimator, X, reset=reset, accept_sparse="csr", dtype=_bridge.dtypes_like(X, dtypes)
    )


def _checkable(X: Any) -> Any:
    """X as scikit-learn can check it: a tensor stays one only where arrays are dispatched on their namespace."""
    if isinstance(X, Tensor) and get_config()["array_api_dispatch"]:
        return X.detach()
    return _bridge.to_array(X)


def loss_name(loss: Any) -> str | tuple[str, ...]:
    """The name of a loss, or of the loss of every column, as something that compares."""
    return str(loss) if isinstance(loss, str) else tuple(map(str, loss))


def check_domain(X: Any, loss: Any) -> None:
    """The loss must be defined at every value of X, and the sum of their squares in a row must not overflow.

    Half of the digits of X are granted to rounding: MinMaxScaler leaves [0, 1] by some
    eps, and by more where features vary little around a large mean.
    """
    precision = np.finfo(_bridge.dtype_name(X))
    largest_finite = sqrt(precision.max / X.shape[1])
    rounding = sqrt(precision.eps)

    def check(name: str, smallest: float, largest: float, column: int | None = None) -> None:
        kind = column_loss(name)
        low, high = np.clip(kind.domain, -largest_finite, largest_finite)
        if smallest < low - rounding or largest > high + rounding:
            which, where = ("", "X") if column is None else (f"[{column}]", f"column {column} of X")
            raise ValueError(
                f"loss{which}={name!r} needs every value of {where} in [{low:g}, {high:g}], but "
                f"{where} ranges from {_beside(smallest, low)} to {_beside(largest, high)}. "
                f"{kind.remedy}"
            )

    names = loss_name(loss)
    if isinstance(names, str):
        check(names, *_extremes(X))
        return
    _check_column_losses(names, X.shape[1])
    array = _bridge.to_array(X)
    lowest, highest = _columns_of(array.min(axis=0)), _columns_of(array.max(axis=0))
    for column, name in enumerate(names):
        check(name, float(lowest[column]), float(highest[column]), column)


def _check_column_losses(names: tuple[str, ...], n_features: int) -> None:
    """A loss for every column, and at least two columns in every group."""
    for column, name in enumerate(names):
        if name not in LOSSES and not (name.startswith(GROUPED) and name != GROUPED):
            raise ValueError(
                f"loss[{column}]={name!r} must be one of {', '.join(map(repr, LOSSES))}, or "
                f"'{GROUPED}' and the name of the group of one-hot columns that it belongs to."
            )
    if len(names) != n_features:
        raise ValueError(
            f"loss names {len(names)} columns, but X has {n_features}; name the loss of every "
            "column as it reaches the autoencoder, those of OneHotEncoder included."
        )
    for name, columns in blocks(names).items():
        if name.startswith(GROUPED) and len(columns) == 1:
            raise ValueError(
                f"loss[{columns[0]}]={name!r} is a group of one column, whose softmax is always "
                "1; give the group's columns one name, or a 0/1 column loss 'cross_entropy'."
            )


def _columns_of(extremes: Any) -> np.ndarray:
    """A number for every column, from what dense or sparse rows have for min and max."""
    return np.ravel(extremes.toarray() if sparse.issparse(extremes) else extremes)


def _extremes(X: Any) -> tuple[float, float]:
    """The smallest and largest value of X; scipy alone would sort the caller's CSR rows."""
    if sparse.issparse(X) and not X.has_canonical_format:
        X = X.copy()
    return float(X.min()), float(X.max())


def _beside(number: float, bound: float) -> str:
    """Six digits of a number, or all where six do not tell it from the bound beside it."""
    short = f"{number:g}"
    return repr(number) if short == f"{bound:g}" and number != bound else short


def check_weights(sample_weight: Any, X: Any) -> np.ndarray | None:
    """Weights in X's dtype, not negative, with a sum that can be divided by."""
    if sample_weight is None:
        return None
    weight, dtype = _bridge.to_array(sample_weight), np.dtype(_bridge.dtype_name(X))
    with config_context(array_api_dispatch=False):
        weight = _check_sample_weight(weight, X, dtype=dtype, ensure_non_negative=True)
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not 0 < total < np.inf:
        raise ValueError(
            f"sample_weight sums to {total:g}; it must contain at least one non-zero number, and its sum must be finite. "
            "Divide it by its largest value, or leave it out."
        )
    return weight


def check_codes(estimator: Any, X: Any) -> Any:
    """Codes to invert, in the dtype of the fit and as wide as the fit's codes."""
    X = _checkable(X)
    codes = check_array(X, dtype=_bridge.dtypes_like(X, [estimator.coefs_[0].dtype]))
    if codes.shape[1] != estimator._n_features_out:
        raise ValueError(
            f"X has {codes.shape[1]} columns, but {type(estimator).__name__} has codes of {estimator._n_features_out} "
            "components; pass what its transform returned."
        )
    return codes


def layer_sizes(estimator: Any, n_features: int) -> tuple[int, ...]:
    """From features to code, every hidden layer checked."""
    hidden = tuple(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes, dtype=object)))
    for size in hidden:
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
            raise ValueError(
                f"hidden_layer_sizes={hidden!r} must hold integers of at least 1; use () for one layer."
            )
    return (n_features, *map(int, hidden), int(estimator.n_components))


def check_memory(architecture: Architecture, solver: Solver, dtype: str) -> None:
    """Training holds its state four times (now, at the start of the epoch, the lowest and the best), and a gradient."""
    n_buffers = 4 * (1 + solver.n_slots) + 1
    try:
        np.empty(
            (n_buffers, architecture.n_parameters), dtype
        )  # asks for the memory and touches none of it
    except (MemoryError, ValueError) as error:
        raise MemoryError(
            f"Layers of {architecture.sizes} units, features first, need more memory to train than there is; lower "
            "n_components or hidden_layer_sizes, or select features first."
        ) from error


def check_result(result: Any, X: Any) -> Any:
    """What was computed from X, which must not have overflowed."""
    if not _bridge.is_finite(result):
        largest = max(map(abs, _extremes(X)))
        raise ValueError(
            f"X has values up to {largest:g}, with which the result overflows {_bridge.dtype_name(result)}; scale X as the "
            "rows of the fit were, for instance in a Pipeline."
        )
    return result


def resolve_penalty(penalty: str | Penalty, depth: int) -> Penalty:
    """The penalty that a name stands for: "auto" is exact for one layer, where that is cheap, and Hutchinson's for more."""
    if isinstance(penalty, Penalty):
        return penalty
    if penalty == "auto":
        return Exact() if depth == 1 else Hutchinson()
    return PENALTIES[penalty]()


def held_out_rows(estimator: Any, n_rows: int) -> int:
    """How many rows early stopping holds out; both parts must have some."""
    held_out = round(float(estimator.validation_fraction) * n_rows)
    if not 0 < held_out < n_rows:
        raise ValueError(
            f"validation_fraction={estimator.validation_fraction!r} of {n_rows} rows holds out {held_out}; early_stopping "
            "needs at least one row on each side. Give more rows, or set early_stopping=False."
        )
    return held_out


def solver(estimator: Any) -> Solver:
    """The solver, with those of the estimator's parameters that it takes."""
    kind = SOLVERS[estimator.solver]
    given = {name: getattr(estimator, name) for name in kind.parameters}
    numbers = {name: float(value) for name, value in given.items() if is_number(value)}
    return kind(**given | numbers)


def learning_rate(
    estimator: Any, objective: AutoencoderObjective, n_epochs: int, n_steps: int
) -> float:
    """The peak rate; "auto" begins at the largest initial weight of the widest layer.

    Deep encoders and strong contraction want less: their units die, for good, where
    others only take a detour. So do long fits that end at rates of nothing: a higher
    peak brings them no further.
    """
    if estimator.learning_rate_init != "auto":
        return float(estimator.learning_rate_init)
    layers = list(pairwise(objective.architecture.sizes))
    largest = min(sqrt(6 / (n_in + n_out)) for n_in, n_out in layers)
    long = max(1.0, min(n_epochs / 60, n_steps / 1500))
    return largest / len(layers) / (1 + min(1.0, float(objective.alpha))) / sqrt(long)


def batch_size(estimator: Any, n_rows: int) -> int:
    """Rows per step; "auto" makes forty steps of few rows, and of many rows steps that keep the processor busy."""
    wanted = (
        min(max(n_rows // 40, 50), 200)
        if estimator.batch_size == "auto"
        else int(estimator.batch_size)
    )
    return min(wanted, n_rows)


def schedule(
    estimator: Any, objective: AutoencoderObjective, n_rows: int, one_pass: bool
) -> Schedule:
    """How the fit proceeds; one pass is at a constant rate, since no horizon is known."""
    rate = "constant" if one_pass else estimator.learning_rate
    size, max_iter = batch_size(estimator, n_rows), 1 if one_pass else int(estimator.max_iter)
    planned = 1 if rate == "constant" else max_iter
    return Schedule(
        solver=solver(estimator),
        learning_rate=learning_rate(estimator, objective, planned, planned * ceil(n_rows / size)),
        rate=rate,
        batch_size=size,
        max_iter=max_iter,
        tol=float(estimator.tol),
        n_iter_no_change=None if one_pass else estimator.n_iter_no_change,
        shuffle=bool(estimator.shuffle) and not one_pass,
    )


def corruption(kind: str, level: float) -> Corruption:
    """The corruption, its level within what the kind allows."""
    highest = CORRUPTIONS[kind].highest_level
    if level > highest:
        raise ValueError(
            f"corruption_level={level!r} is the fraction of values that corruption={kind!r} replaces; "
            f"it must be at most {highest:g}."
        )
    return Corruption(kind, float(level))
