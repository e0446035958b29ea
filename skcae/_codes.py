"""Base class of the estimators that have codes: encode, decode and score."""

from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skcae import _bridge, _state, _validation
from skcae._callbacks import CallbackSupportMixin
from skcae._fitted import Model
from skcae._outcome import epoch_line
from skcae._version import PAGE
from skcae.core.monitor import Epoch


class Codes(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """Base class of the estimators that have codes: encode, decode and score."""

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    loss_curve_: list[float]
    reconstruction_curve_: list[float]
    reconstruction_err_: float
    validation_scores_: list[float]
    best_validation_score_: float
    learning_rate_: float
    n_iter_: int
    n_samples_seen_: int
    n_features_in_: int
    feature_names_in_: np.ndarray
    # scikit-learn has these, and no types.
    fit_transform: Callable[..., np.ndarray]
    get_feature_names_out: Callable[..., np.ndarray]
    get_params: Callable[..., dict[str, Any]]
    set_params: Callable[..., Self]
    set_output: Callable[..., Self]

    _doc_link_module, _doc_link_template = "skcae", PAGE

    @abstractmethod
    def _check_ahead(self, n_rows: int, n_features: int) -> None:
        """Check the parameters that need only the shape of the rows."""

    def transform(self, X: Any) -> np.ndarray:
        """Encode X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to encode. This and all other methods accept torch tensors too.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_components)
            Code of each row, in the dtype of the fit. With
            ``sklearn.set_config(array_api_dispatch=True)``, this and other methods
            return a tensor for a tensor, on its device.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid input, or the result overflows.
        """
        check_is_fitted(self)
        X = _validation.check_rows(self, X, reset=False)
        model = Model(self, X)
        return self._map(model, model.encode, X, (self._n_features_out,), sparse=True)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Decode codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes, as returned by ``transform``.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_features)
            Reconstruction of each row, in the dtype of the fit.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid input, or the result overflows.
        """
        check_is_fitted(self)
        codes = _validation.check_codes(self, X)
        model = Model(self, codes)
        return self._map(model, model.decode, codes, (self.n_features_in_,))

    def reconstruct(self, X: Any) -> np.ndarray:
        """Encode X and decode the codes.

        The result equals ``inverse_transform(transform(X))`` up to rounding, but the
        codes of only a few rows are held at a time.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to reconstruct.

        Returns
        -------
        X_reconstructed : ndarray of shape (n_samples, n_features)
            Reconstruction of each row, dense, in the dtype of the fit.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid input, or the result overflows.
        """
        check_is_fitted(self)
        X = _validation.check_rows(self, X, reset=False)
        model = Model(self, X)
        return self._map(model, model.reconstruct, X, (self.n_features_in_,))

    def score_samples(self, X: Any) -> np.ndarray:
        """Score each row by minus its reconstruction loss.

        Rows that are unlike those of the fit are reconstructed badly and score low.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            ``-L(x, r)`` of each row, summed over features, in the dtype of the fit.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is not valid input, or the result overflows.
        """
        check_is_fitted(self)
        X = _validation.check_rows(self, X, reset=False)
        model = Model(self, X)
        return self._map(model, lambda x: -model.losses(x), X, (), sparse=model.has_gram_form)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the mean of score_samples: minus the mean reconstruction loss.

        The score leaves out the contraction: the plain autoencoder has nothing else to
        maximise, and noise has no part in it. To choose ``alpha``, use
        :func:`skcae.metrics.denoising_score`, or a score of the task that the codes
        serve, such as the accuracy of a classifier on them.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to score.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in the mean.

        Returns
        -------
        score : float
            Mean score; higher is better.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X or sample_weight is not valid, or the result overflows.
        """
        scores = _bridge.to_array(self.score_samples(X))
        return float(np.average(scores, weights=_validation.check_weights(sample_weight, scores)))

    def _map(
        self,
        model: Model,
        function: Callable[[Tensor], Tensor],
        X: Any,
        shape: tuple[int, ...],
        sparse: bool = False,
    ) -> Any:
        """``function`` of all rows of X, which must not overflow."""
        return _validation.check_result(model.map(function, X, shape, sparse=sparse), X)

    def _report(self, epoch: Epoch) -> None:
        if self.verbose:
            print(epoch_line(epoch))

    @property
    def _depth(self) -> int:
        return len(self.coefs_) // 2

    @property
    def _n_features_out(self) -> int:
        return self.intercepts_[self._depth - 1].shape[0]

    @property
    def components_(self) -> np.ndarray:
        """Encoder weights, (n_components, n_features).

        Only available if the encoder has one layer; see ``coefs_`` otherwise.
        """
        return self._of_one_layer(self.coefs_[0].T)

    @property
    def intercept_hidden_(self) -> np.ndarray:
        """Encoder biases, (n_components,). Only if the encoder has one layer."""
        return self._of_one_layer(self.intercepts_[0])

    @property
    def intercept_visible_(self) -> np.ndarray:
        """Decoder biases, (n_features,). Only if the encoder has one layer."""
        return self._of_one_layer(self.intercepts_[-1])

    def _of_one_layer(self, array: np.ndarray) -> np.ndarray:
        if self._depth > 1:
            raise AttributeError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} gives a deep encoder; its weights "
                "and biases are in coefs_ and intercepts_."
            )
        return array

    def __getstate__(self) -> dict[str, Any]:
        return _state.stamped(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(_state.checked(self, state))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = isinstance(self.loss, str) and self.loss == "cross_entropy"
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
