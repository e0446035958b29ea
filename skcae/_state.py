"""Version stamps in pickled states, and checks on loading."""

import warnings
from inspect import signature
from typing import Any

import sklearn
import torch

from skcae._callbacks import InMemory, state_to_save, state_to_set
from skcae._finished import LENT
from skcae._version import __version__
from skcae.exceptions import InconsistentVersionWarning


def stamped(state: dict[str, Any], fitted: str = "coefs_") -> dict[str, Any]:
    """The state to save, with versions.

    ``fitted`` is the name of an attribute of fitted estimators. A device is saved by
    its name, so that files hold no type of torch.
    """
    if isinstance(state.get("device"), torch.device):
        state = {**state, "device": str(state["device"])}
    if LENT in state:
        state = {**state, LENT: InMemory.of(state[LENT])}
    return {
        **state_to_save(state, fitted),
        "_skcae_version": __version__,
        "_sklearn_version": sklearn.__version__,
    }


def checked(estimator: Any, state: Any) -> dict[str, Any]:
    """The state without versions, checked to be one of this class.

    Parameters that the version that saved it did not have get their defaults.
    """
    kind = type(estimator).__name__
    remedy = "The file is damaged or was not written by skcae; save the estimator again."
    if not isinstance(state, dict) or "_skcae_version" not in state:
        raise ValueError(
            f"The state of a {kind} must be a dict with the version of skcae that saved it. "
            f"{remedy}"
        )
    attributes = state_to_set(state)
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
    missing = [name for name in estimator._get_param_names() if name not in attributes]
    if missing and versions["skcae"] == __version__:
        raise ValueError(
            f"The state of a {kind} must have all of its parameters, but lacks "
            f"{', '.join(missing)}. {remedy}"
        )
    parameters = signature(type(estimator)).parameters
    return {name: parameters[name].default for name in missing} | attributes
