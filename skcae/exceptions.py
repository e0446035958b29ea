"""Warnings of this package."""

import sklearn
from sklearn import exceptions

__all__ = ["InconsistentVersionWarning"]


class InconsistentVersionWarning(exceptions.InconsistentVersionWarning):
    """Warning raised when an estimator is loaded with another version of skcae.

    It is a subclass of scikit-learn's warning of the same name, so that one filter
    covers both.

    Parameters
    ----------
    estimator_name : str
        Name of the class of the estimator.
    current_skcae_version : str
        Version of skcae that loads the estimator.
    original_skcae_version : str
        Version of skcae that saved the estimator.
    original_sklearn_version : str
        Version of scikit-learn with which the estimator was saved.

    Examples
    --------
    >>> import warnings
    >>> from skcae.exceptions import InconsistentVersionWarning
    >>> warnings.simplefilter("error", InconsistentVersionWarning)  # refuse such files
    """

    def __init__(
        self,
        *,
        estimator_name: str,
        current_skcae_version: str,
        original_skcae_version: str,
        original_sklearn_version: str,
    ) -> None:
        super().__init__(
            estimator_name=estimator_name,
            current_sklearn_version=sklearn.__version__,
            original_sklearn_version=original_sklearn_version,
        )
        self.current_skcae_version, self.original_skcae_version = (
            current_skcae_version,
            original_skcae_version,
        )

    def __str__(self) -> str:
        return (
            f"{self.estimator_name} was saved by skcae {self.original_skcae_version} and is loaded "
            f"by {self.current_skcae_version}, where it may behave differently; load it with the "
            "former, or fit it again."
        )
