"""The autoencoders of all alphas, in one training."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from skcae import _validation
from skcae._contractive import ContractiveAutoencoder
from skcae._outcome import Outcome, announce, epoch_line
from skcae._together import Member, fit_group, grouped
from skcae.core.modes import usual_modes
from skcae.core.monitor import Epoch


@usual_modes()
def contractive_path(
    X: Any, alphas: Sequence[float], *, sample_weight: Any = None, **parameters: Any
) -> list[ContractiveAutoencoder]:
    """Fit a contractive autoencoder for every alpha, all of them in one training.

    Every training is the one of
    ``ContractiveAutoencoder(alpha=alpha, **parameters).fit(X)`` with the same seed,
    step for step. Sums are taken in another order, though, and rounding grows: weights
    agree closely over the first epochs, and after a long fit they may belong to another
    minimum, as those of the same fit on another number of threads do.

    Small layers gain most: what a step costs beside its arithmetic is paid once for all
    alphas. From a few hundred units or features on the matrix products dominate and the
    path takes as long as the single fits.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Training rows.
    alphas : array-like of shape (n_alphas,)
        Contraction strengths, distinct, each at least 0.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.
    **parameters : dict
        Other parameters of ContractiveAutoencoder, the same for every alpha.

    Returns
    -------
    estimators : list of ContractiveAutoencoder
        The fitted estimators, in the order of ``alphas``.

    Raises
    ------
    ValueError
        If ``alphas`` is empty, repeats a value, or holds one that is not a number of at
        least 0, before anything is trained.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import contractive_path
    >>> X = load_digits().data / 16
    >>> path = contractive_path(
    ...     X,
    ...     [0, 0.1, 1],
    ...     n_components=16,
    ...     loss="cross_entropy",
    ...     max_iter=20,
    ...     tol=0.01,
    ...     random_state=0,
    ... )
    >>> [estimator.alpha for estimator in path]
    [0, 0.1, 1]
    >>> path[0].contraction_curve_[-1] > path[2].contraction_curve_[-1]
    True
    """
    every = check_alphas(alphas)
    estimators = [clone(ContractiveAutoencoder(alpha=alpha, **parameters)) for alpha in every]
    outcomes: list[Outcome] = []
    for group in grouped(estimators, [(X, sample_weight)] * len(estimators)):
        outcomes += fit_group(group, _report)
    announce(ContractiveAutoencoder.__name__, outcomes)
    return estimators


def _report(member: Member, epoch: Epoch) -> None:
    if member.estimator.verbose:
        print(f"[alpha={float(member.estimator.alpha):g}] {epoch_line(epoch)}")


def check_alphas(alphas: Any) -> list[Any]:
    """The alphas as a list, every one of them a distinct number of at least 0."""
    (strength,) = _validation.CONTRACTION_CONSTRAINTS["alpha"]
    values = list(np.atleast_1d(np.asarray(alphas, dtype=object)))
    if not values:
        raise ValueError(
            "alphas is empty; give at least one contraction strength, for instance "
            "[0, 0.01, 0.1, 1]."
        )
    for value in values:
        if not strength.is_satisfied_by(value):
            raise ValueError(
                f"alphas holds {value!r}; every contraction strength must be a finite number of "
                f"at least 0, {strength}."
            )
    if len(set(values)) < len(values):
        repeated = next(value for value in values if values.count(value) > 1)
        raise ValueError(
            f"alphas holds {repeated!r} more than once; name every contraction strength once."
        )
    return values
