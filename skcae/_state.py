"""What is saved of an estimator beside its attributes, and what is asked of a state before it becomes one."""

import warnings
from typing import Any

import sklearn

from skcae._callbacks import without_callbacks
from skcae._version import __version__
from skcae.exceptions import InconsistentVersionWarning


def stamped(state: dict[str, Any], fitted: str = "coefs_") -> dict[str, Any]:
    """The state to save, with versions; an estimator that has the attribute is fitted."""
    return {
        **without_callbacks(state, fitted),
        "_skcae_version": __version__,
        "_sklearn_version": sklearn.__version__,
    }


def checked(estimator: Any, state: Any) -> dict[str, Any]:
    """The state without versions, if it is one of this class."""
    kind = type(estimator).__name__
    remedy = "The file is damaged, or not of skcae; save the estimator again."
    if not isinstance(state, dict) or "_skcae_version" not in state:
        raise ValueError(
            f"The state of a {kind} must be a dict with the version of skcae that saved it. {remedy}"
        )
    attributes = dict(state)
    versions = {
        name: attributes.pop(f"_{name}_version", "unknown") for name in ("skcae", "sklearn")
    }
    if versions["skcae"] != __version__:
        warnings.warn(
            InconsistentVersionWarning(
                estimator_name=kind,
                current_skcae_version=__version__,
                original_skcae_version=versions["skcae"],
                original_sklearn_version=versions["sklearn"],
            ),
            stacklevel=3,
        )
    elif missing := [name for name in estimator._get_param_names() if name not in attributes]:
        raise ValueError(
            f"The state of a {kind} must have all of its parameters, but lacks {', '.join(missing)}. {remedy}"
        )
    return attributes
