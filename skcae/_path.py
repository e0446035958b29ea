"""Autoencoders of many alphas, trained together."""

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
    """Fit a contractive autoencoder for every alpha, all in one training.

    Each training takes the same steps as
    ``ContractiveAutoencoder(alpha=alpha, **parameters).fit(X)`` with the same seed.
    Sums are taken in another order, so rounding differs and grows. Weights agree
    closely over the first epochs. After a long fit they may belong to another minimum,
    as with another number of threads.

    Small layers gain most, since the overhead of a step is paid once for all alphas.
    With several hundred features and a few hundred units, the matrix products
    dominate, and the path takes as long as the single fits.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Training rows.
    alphas : array-like of shape (n_alphas,)
        Contraction strengths, distinct, each at least 0.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows.
    **parameters : dict
        Other parameters of ContractiveAutoencoder, which are the same for every alpha.

    Returns
    -------
    estimators : list of ContractiveAutoencoder
        Fitted estimators, in the order of ``alphas``.

    Raises
    ------
    ValueError
        If ``alphas`` is empty, repeats a value, or holds one that is not a number of at
        least 0; or if X, sample_weight or another parameter is not valid, before any
        training starts; or if the objective of a fit diverges.

    See Also
    --------
    ContractiveAutoencoderCV : Chooses alpha by cross-validation.
    skcae.model_selection.alpha_grid : Values of alpha that follow the scale of X.

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
    """The alphas as a list, checked to be distinct numbers of at least 0."""
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
