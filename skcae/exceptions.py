"""Warnings of our own."""

import sklearn
from sklearn import exceptions

__all__ = ["InconsistentVersionWarning"]


class InconsistentVersionWarning(exceptions.InconsistentVersionWarning):
    """An estimator is loaded by another version of skcae than it was saved by.

    A subclass of scikit-learn's warning of that name, so that a filter for it is one
    for both.

    Parameters
    ----------
    estimator_name : str
        Class of the estimator.
    current_skcae_version : str
        Version that loads it.
    original_skcae_version : str
        Version that saved it.
    original_sklearn_version : str
        Version of scikit-learn that it was saved with.

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
            f"by {self.current_skcae_version}, where it may do something else; load it with the "
            "former, or fit it again."
        )
