"""What must not be given, and the error that says so: one table for the tests and for the page on errors.

Everything is an expression, so that the page shows what the tests run. ``E`` is the
class of an autoencoder, ``X`` 30 valid rows of 8 features between 0 and 1, ``frame``
the same with names, ``fitted`` an autoencoder that saw X, ``named`` one that saw the
frame. Patterns are regular expressions.
"""

import warnings
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import nextafter
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

import skcae
from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    inspection,
    metrics,
    sampling,
)
from skcae.model_selection import JointGridSearchCV

ESTIMATORS = [ContractiveAutoencoder, DenoisingAutoencoder]
X = np.random.RandomState(0).uniform(0, 1, (30, 8))
QUICK = {"n_components": 4, "max_iter": 2, "learning_rate_init": 0.01, "random_state": 0}


class Case(NamedTuple):
    """What is given, the class of the error, and what its message must contain."""

    given: str
    error: type[Exception]
    message: str


# fmt: off
ROWS = [
    Case("np.where(np.eye(30, 8), np.nan, X)", ValueError, "Input X contains NaN.*imputer"),
    Case("np.where(np.eye(30, 8), np.inf, X)", ValueError, r"Input X contains infinity or a value too large for dtype\('float64'\)"),
    Case("(X * 1e6).astype(np.float16)", ValueError, "Input X contains infinity"),
    Case("sparse.csr_array(np.where(np.eye(30, 8), np.nan, X))", ValueError, "Input X contains NaN"),
    Case("frame.mask(frame > 0.9)", ValueError, "Input X contains NaN"),
    Case("X + 1j", ValueError, "Complex data not supported"),
    Case("np.full((30, 8), 'a')", ValueError, "could not convert string to float: .*'a'"),
    Case("np.full((30, 8), {})", TypeError, "must be a string or a real number, not 'dict'"),
    Case("frame.assign(a='red')", ValueError, "could not convert string to float: 'red'"),
    Case("[[1, 2, 3], [1, 2]]", ValueError, "inhomogeneous shape"),
    Case("X[:0]", ValueError, r"Found array with 0 sample\(s\) \(shape=\(0, 8\)\) while a minimum of 1 is required"),
    Case("X[:, :0]", ValueError, r"Found array with 0 feature\(s\) \(shape=\(30, 0\)\) while a minimum of 1 is required"),
    Case("X[0]", ValueError, "Expected 2D array, got 1D array instead.*Reshape your data"),
    Case("X.reshape(30, 2, 4)", ValueError, "Found array with dim 3"),
    Case("None", ValueError, "Expected 2D array, got scalar array instead"),
    Case("3.0", ValueError, "Expected 2D array, got scalar array instead"),
    Case("'file.csv'", ValueError, "could not convert string to float: 'file.csv'|Expected 2D array, got scalar array instead"),
]
"""Rows that fit, partial_fit, transform, score_samples and score refuse alike, as PCA does."""

LATER_ROWS = [
    Case("X[:, :5]", ValueError, "X has 5 features, but .* is expecting 8 features as input"),
    Case("sparse.csr_array(X[:, :5])", ValueError, "X has 5 features, but .* is expecting 8 features as input"),
    Case("frame.rename(columns={'a': 'z'})", ValueError, "feature names should match those that were passed during fit.*- z.*- a"),
    Case("frame[list('hgfedcba')]", ValueError, "Feature names must be in the same order as they were in fit"),
    Case("frame.rename(columns={'a': 1})", TypeError, r"Feature names are only supported if all input features have string names"),
]
"""Rows that the methods of an estimator refuse which was fitted to the frame."""

CODES = [
    Case("fitted.transform(X)[:, :3]", ValueError, "X has 3 columns, but .* has codes of 4 components; pass what its transform"),
    Case("fitted.transform(X)[0]", ValueError, "Expected 2D array, got 1D array instead.*Reshape your data"),
    Case("fitted.transform(X)[None]", ValueError, "Found array with dim 3"),
    Case("fitted.transform(X)[:0]", ValueError, r"Found array with 0 sample\(s\)"),
    Case("np.full((30, 4), np.nan)", ValueError, "Input contains NaN"),
    Case("np.full((30, 4), 1j)", ValueError, "Complex data not supported"),
    Case("np.full((30, 4), 'a')", ValueError, "could not convert string to float"),
    Case("sparse.csr_array(fitted.transform(X))", TypeError, "Sparse data was passed.*but dense data is required"),
    Case("np.full((30, 4), 1.7e308)", ValueError, r"X has values up to 1\.7e\+308, with which the result overflows float64; scale X"),
]
"""Codes that inverse_transform refuses."""

WEIGHTS = [
    Case("np.r_[-1, np.ones(29)]", ValueError, "Negative values in data passed to `sample_weight`"),
    Case("np.full(30, np.nan)", ValueError, "Input sample_weight contains NaN"),
    Case("np.full(30, np.inf)", ValueError, "Input sample_weight contains infinity"),
    Case("np.zeros(30)", ValueError, "must contain at least one non-zero number"),
    Case("np.full(30, 1e308)", ValueError, "sample_weight sums to inf; .*its sum must be finite. Divide it by its largest value"),
    Case("np.nan", ValueError, "sample_weight sums to nan"),
    Case("np.ones(29)", ValueError, r"sample_weight.shape == \(29,\), expected \(30,\)!"),
    Case("np.ones((30, 2))", ValueError, "Sample weights must be 1D array or scalar"),
    Case("['a'] * 30", ValueError, "could not convert string to float: 'a'"),
    Case("np.full(30, 1j)", ValueError, "Complex data not supported"),
]
"""Weights that fit, partial_fit and score refuse."""

EXTREME = ["X * 1e300", "-X * 1e300", "X * 1e-310", "X[:1]", "np.ones((30, 8))", "0 * X"]
"""Rows at which functions of an estimator that was fitted to X give finite numbers, nan with a warning, or say what overflows."""

FUNCTIONS = {
    "jacobian": inspection.jacobian,
    "contraction": inspection.contraction,
    "singular_values": inspection.singular_values,
    "local_dimension": inspection.local_dimension,
    "saturation": inspection.saturation,
    "tangents": lambda estimator, X: inspection.tangents(estimator, X, 2),
    "contraction_curve": lambda estimator, X: inspection.contraction_curve(estimator, X, [0, 1], random_state=0),
    "denoising_score": metrics.denoising_score,
    "mean_contraction": metrics.mean_contraction,
    "walk": lambda estimator, X: sampling.walk(estimator, X, 2, random_state=0),
}
"""What takes an estimator and rows, besides methods; displays and probes pass them on to these and to methods."""

BEFORE_FIT = "This {} instance is not fitted yet. Call 'fit' with appropriate arguments before using this estimator."

CALLS = [
    Case("E(loss='cross_entropy').fit(2 * X)", ValueError, r"needs every value of X in \[0, 1\], but X ranges from .* MinMaxScaler\(clip=True\)"),
    Case("E(loss=['cross_entropy'] * 7 + ['squared_error']).fit(2 * X)", ValueError, r"loss\[0\]='cross_entropy' needs every value of column 0 of X in \[0, 1\], but column 0 of X ranges from"),
    Case("E(loss=['squared_error'] * 7).fit(X)", ValueError, "loss names 7 columns, but X has 8; name the loss of every column"),
    Case("E(loss=['softmax'] * 8).fit(X)", ValueError, r"loss\[0\]='softmax' must be one of .* or 'softmax:' and the name of the group"),
    Case("E(loss=['softmax:a'] + ['squared_error'] * 7).fit(X)", ValueError, r"loss\[0\]='softmax:a' is a group of one column.*'cross_entropy'"),
    Case("skcae.AutoencoderDetector(contamination=0.6).fit(X)", ValueError, r"'contamination' parameter .* must be .*in the range \(0.0, 0.5\]"),
    Case("E().fit(X * 1e300)", ValueError, r"needs every value of X in \[-.*e\+153, .*e\+153\], but X ranges from .*MaxAbsScaler"),
    Case("E().fit(X.astype(np.float32) * 1e20)", ValueError, r"needs every value of X in \[-.*e\+18, .*e\+18\].*MaxAbsScaler"),
    Case("fitted.score(X * 1e300)", ValueError, r"X has values up to .*e\+299, with which the result overflows float64; scale X as"),
    Case("E(activation='identity').fit(X).transform(X * 1.7e308)", ValueError, "the result overflows float64; scale X as the rows"),
    Case("E(learning_rate_init=1e307).fit(X)", ValueError, r"diverged with learning_rate_init=1e\+307, and with .* Scale X.* or set a lower"),
    Case("E(weight_decay=1e300).fit(X)", ValueError, "objective diverged .* or set a lower learning_rate_init, (alpha|corruption_level) or weight_decay"),
    Case("E(n_components=10**12).fit(X)", MemoryError, r"Layers of \(8, 1000000000000\) units.* more memory .* lower n_components"),
    Case("E(hidden_layer_sizes=(10**40,)).fit(X)", MemoryError, "need more memory to train than there is; lower n_components or hidden"),
    Case("E(hidden_layer_sizes=(5, 0)).fit(X)", ValueError, r"hidden_layer_sizes=\(5, 0\) must hold integers of at least 1; use \(\)"),
    Case("E(early_stopping=True, validation_fraction=0.01).fit(X)", ValueError, "validation_fraction=0.01 of 30 rows holds out 0; .*more rows"),
    Case("E(early_stopping=True).fit(X[:1])", ValueError, "needs at least one row on each side. Give more rows"),
    Case("E(early_stopping=True).partial_fit(X)", ValueError, "early_stopping=True needs several epochs; set early_stopping=False"),
    Case("fitted.set_params(n_components=5).partial_fit(X)", ValueError, "must be those of the fit that is continued.*clone"),
    Case("fitted.set_params(device='gpu').transform(X)", ValueError, r"device='gpu' must be None, 'auto', .* set_params\(device='auto'\)"),
    Case("E(device=0).fit(X)", ValueError, "The 'device' parameter of .* must be .* Got 0 instead"),
    Case("DenoisingAutoencoder(corruption_level=1.5).fit(X)", ValueError, "corruption_level=1.5 is the fraction .* must be at most 1"),
    Case("skcae.Hutchinson(n_probes=0)", ValueError, r"n_probes=0 must be an integer of at least 1; use Hutchinson\(n_probes=1\)"),
    Case("skcae.HigherOrder(strength=-1)", ValueError, r"strength=-1 must be a finite number of at least 0; use HigherOrder\(strength=1"),
    Case("skcae.HigherOrder(sigma=np.nan)", ValueError, r"sigma=nan must be a finite number of at least 0; use HigherOrder\(sigma=0.1\)"),
    Case("skcae.HigherOrder(n_draws=0)", ValueError, r"n_draws=0 must be an integer of at least 1; use HigherOrder\(n_draws=1\)"),
    Case("skcae.contractive_path(X, [])", ValueError, "alphas is empty; give at least one contraction strength"),
    Case("skcae.contractive_path(X, [0.1, -1])", ValueError, "alphas holds -1; every contraction strength must be a finite number of"),
    Case("skcae.contractive_path(X, [0.1, np.nan])", ValueError, "alphas holds nan; every contraction strength must be a finite number"),
    Case("skcae.contractive_path(X, [0.1, 0.1])", ValueError, "alphas holds 0.1 more than once; name every contraction strength once"),
    Case("skcae.contractive_path(X, [0.1, 10**400])", ValueError, "alphas holds 10*; every contraction strength must be a finite number"),
    Case("skcae.contractive_path(X, [0.1, -10**400])", ValueError, "alphas holds -10*; every contraction strength must be a finite"),
    Case("skcae.contractive_path(X, [0.1, Decimal('1')])", ValueError, r"alphas holds Decimal\('1'\); every .* in the range \[0.0, 1.79"),
    Case("skcae.contractive_path(X, [0.1, True])", ValueError, "alphas holds True; every contraction strength must be a finite number"),
    Case("skcae.contractive_path(X, [0.1, 1j])", ValueError, "alphas holds 1j; every contraction strength must be a finite number"),
    Case("skcae.contractive_path(X, [[0.1], [1, 2]])", ValueError, r"alphas holds \[0.1\]; every contraction strength must be a finite"),
    Case("skcae.contractive_path(X * np.nan, [0, 1])", ValueError, "Input X contains NaN"),
    Case("ContractiveAutoencoderCV(alphas=[]).fit(X)", ValueError, "alphas is empty; give at least one contraction strength"),
    Case("ContractiveAutoencoderCV(alphas=[0, 10**400]).fit(X)", ValueError, "alphas holds 10*; every contraction strength must be"),
    Case("ContractiveAutoencoderCV(alphas=[0, np.ones(1)]).fit(X)", ValueError, r"alphas holds array\(\[1.\]\); every contraction"),
    Case("ContractiveAutoencoderCV().fit(0 * X)", ValueError, "A grid of 9 alphas follows the spread of X, .*equal.*or list alphas"),
    Case("ContractiveAutoencoderCV().fit(X * 1e-200)", ValueError, "rows are all equal, or nearly so; scale X, or list alphas instead"),
    Case("ContractiveAutoencoderCV().fit(X * 1e300)", ValueError, r"needs every value of X in \[-.*e\+153, .*e\+153\].*MaxAbsScaler"),
    Case("skcae.metrics.denoising_score(fitted, X, noise=0)", ValueError, "noise=0 must be a finite number above 0; 1 is as much noise"),
    Case("skcae.metrics.denoising_score(fitted, X, noise='1')", ValueError, "noise='1' must be a finite number above 0"),
    Case("skcae.metrics.denoising_score(fitted, X, noise=1j)", ValueError, "noise=1j must be a finite number above 0"),
    Case("skcae.metrics.denoising_score(fitted, X, noise=10**400)", ValueError, "noise=10* must be a finite number above 0"),
    Case("skcae.inspection.tangents(fitted, X, k=9)", ValueError, "k=9 must be an integer from 1 to .* which is 4 here; use k=4"),
    Case("skcae.inspection.tangents(fitted, X, k=1.0)", ValueError, "k=1.0 must be an integer from 1 to .* which is 4 here; use k=4"),
    Case("skcae.sampling.walk(fitted, X, n_steps=0)", ValueError, "n_steps=0 must be an integer of at least 1; use for instance n_steps=1"),
    Case("skcae.sampling.walk(fitted, X, 5, thin=6)", ValueError, "thin=6 must be an integer from 1 to n_steps, which is 5 here; use for"),
    Case("skcae.sampling.walk(fitted, X, 5, sigma=-1)", ValueError, "sigma=-1 must be a finite number of at least 0; use for instance sigma=1"),
    Case("skcae.inspection.contraction_curve(fitted, X, [1j])", ValueError, r"radii=\[1j\] must be a sequence .* use for instance np"),
    Case("skcae.inspection.contraction_curve(fitted, X, [10**400])", ValueError, r"radii=\[10*\] must be a sequence of at least one"),
    Case("skcae.inspection.contraction(X, X)", TypeError, "estimator, of type ndarray, holds no autoencoder of skcae. Pass a fitted autoenc"),
    Case("skcae.metrics.mean_contraction(None, X)", TypeError, "estimator, of type NoneType, holds no autoencoder of skcae. Pass a fitted autoencoder"),
    Case("ContractiveAutoencoderCV(cv=[]).fit(X)", ValueError, r"cv=\[\] has no split; use for instance an integer"),
    Case("ContractiveAutoencoderCV(cv=50).fit(X)", ValueError, "Cannot have number of splits n_splits=50 greater"),
    Case("ContractiveAutoencoderCV(scoring='skill').fit(X)", ValueError, "'skill' is not a valid scoring value"),
    Case("JointGridSearchCV(E(), {'tol': [10**400]}, error_score='raise').fit(X)", ValueError, "The 'tol' parameter .* Got 10* instead"),
    Case("JointGridSearchCV(E(), {'tol': [np.array(0.1)]}, error_score='raise').fit(X)", ValueError, r"The 'tol' .* Got array\(0.1\)"),
    Case("JointGridSearchCV(E(), {'alfa': [0, 1]}).fit(X)", ValueError, "Invalid parameter 'alfa' for estimator .* Valid parameters"),
    Case("JointGridSearchCV(E(), {'max_iter': [0]}, error_score='raise').fit(X)", ValueError, "The 'max_iter' parameter .* Got 0 instead"),
    Case("JointGridSearchCV(E(), {'max_iter': [0]}).fit(X)", ValueError, "All the 5 fits failed.*error_score='raise'"),
    Case("JointGridSearchCV(E(), {'max_iter': [1]}, cv=50).fit(X)", ValueError, "Cannot have number of splits n_splits=50 greater"),
]
"""Everything else."""

ACCEPTED = [
    Case("X[:1]", UserWarning, ""),
    Case("np.ones((30, 8))", UserWarning, ""),
    Case("np.hstack([X, np.zeros((30, 2))])", UserWarning, ""),
    Case("X * 1e-310", UserWarning, "The code has collapsed: .* Increase max_iter, which is only 2.* scale X, for instance with StandardScaler, or lower (alpha|corruption_level)"),
    Case("X * 1e6", UserWarning, "The code has saturated: .* Scale X, for instance with StandardScaler"),
    Case("X * 1e100", UserWarning, "The code has (saturated|collapsed)"),
    Case("X.astype(np.float16)", UserWarning, ""),
    Case("(16 * X).astype(np.uint8)", UserWarning, "The code has saturated"),
    Case("X > 0.5", UserWarning, ""),
    Case("X.astype(str)", UserWarning, ""),
    Case("X.tolist()", UserWarning, ""),
    Case("sparse.coo_array(X)", UserWarning, ""),
]
"""Rows that may look wrong and are fitted, and the warning, if any, besides that of max_iter."""
# fmt: on


def evaluate(expression: str, Estimator: type) -> Any:
    """The value of an expression of the tables."""

    def quick(**params: Any) -> Any:
        return Estimator(**{**QUICK, **params})

    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    names = {
        "E": quick,
        "X": X,
        "frame": frame,
        "np": np,
        "sparse": sparse,
        "skcae": skcae,
        "sampling": sampling,
    }
    names |= {
        kind.__name__: kind
        for kind in (JointGridSearchCV, DenoisingAutoencoder, ContractiveAutoencoderCV, Decimal)
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names |= {
            name: quick().fit(rows)
            for name, rows in (("fitted", X), ("named", frame))
            if name in expression
        }
        return eval(expression, names)


NOT_NUMBERS = [
    10**400,
    -(10**400),
    Fraction(10**400),
    Decimal("0.1"),
    True,
    np.bool_(True),
    np.float32("nan"),
    np.array(0.1),
]
"""What may look like a number, and is none that fits a float."""
TAKEN = {
    ("cv", "b'x'"),
    ("scoring", "'wrong'"),
    ("alphas", "array(0.1)"),
    ("hidden_layer_sizes", "array(0.1)"),
}
"""What is an iterable, a string or an array, and found wrong later if it is."""


def wrong_parameters(Estimator: type) -> Iterator[tuple[str, Any]]:
    """For every parameter what no parameter takes, and what lies next to the limits of its own."""
    for name, constraints in Estimator._parameter_constraints.items():
        values = [np.nan, np.inf, -np.inf, 1j, b"x", "wrong", object()]
        for limits in constraints:
            if hasattr(limits, "closed"):
                values += [*_beyond(limits), *NOT_NUMBERS]
        yield from ((name, value) for value in values if (name, repr(value)) not in TAKEN)


def _beyond(limits: Any) -> Iterator[Any]:
    for limit, closed, far in ((limits.left, "left", -np.inf), (limits.right, "right", np.inf)):
        if limit is not None:
            beyond = limit + int(np.sign(far)) if limits.type is Integral else nextafter(limit, far)
            yield beyond if limits.closed in (closed, "both") else limit
