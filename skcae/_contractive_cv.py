"""Contractive autoencoder with cross-validated alpha, in joint trainings."""

from collections.abc import Callable
from functools import partial
from itertools import chain
from numbers import Integral
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from sklearn.metrics import check_scoring, get_scorer
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

from skcae import _bridge, _domain, _validation
from skcae._alpha_grid import grid_of
from skcae._callbacks import FitTask
from skcae._codes import Codes
from skcae._contractive import ContractiveAutoencoder
from skcae._outcome import Outcome
from skcae._path import check_alphas
from skcae._splits import of_rows, routed, splits_of
from skcae._together import Progress, fit_group, grouped
from skcae._training import all_or_nothing, train_estimator
from skcae.core.activations import ActivationName
from skcae.core.penalties import Penalty, PenaltyName
from skcae.core.solvers import RateName, SolverName
from skcae.metrics import denoising_score


class ContractiveAutoencoderCV(Codes):
    """Contractive autoencoder with built-in cross-validation of alpha, without labels.

    An autoencoder is trained for each alpha on the training rows of each fold, all of
    them together, and scored on the held-out rows of the fold. Then an autoencoder with
    the alpha of the highest mean score is trained on all rows. By default the score is
    :func:`skcae.metrics.denoising_score`, which measures how well held-out rows are
    recovered from noisy copies. The reconstruction of clean rows cannot choose alpha,
    since it does not ask for contraction.

    A fitted estimator is used like a :class:`~skcae.ContractiveAutoencoder` with
    ``alpha=alpha_``. To choose alpha by the accuracy of a classifier, search the
    Pipeline of both with :class:`skcae.model_selection.JointGridSearchCV`.

    Parameters
    ----------
    n_components : int, default=64
        Size of the code, at least 1. It may exceed the number of features.
    alphas : int or array-like of shape (n_alphas,), default=9
        Contraction strengths to try, distinct, each at least 0. An int, from 2 to 450,
        is the number of values of :func:`skcae.model_selection.alpha_grid`, which
        follows the scale of X and the size of the autoencoder.
    cv : int, cross-validation generator or an iterable, default=None
        Cross-validation splitting strategy. None is 5 folds without shuffling, as in
        LassoCV. If the rows are sorted, shuffle them, for instance with
        ``KFold(5, shuffle=True, random_state=0)``.
    scoring : str, callable or None, default=None
        Scorer with signature ``scorer(estimator, X, y)`` used to select alpha. It is
        called with a fitted ContractiveAutoencoder and the held-out rows. None is
        :func:`~skcae.metrics.denoising_score`. To select by labels, use
        :func:`~skcae.metrics.linear_probe_score`.
    hidden_layer_sizes : int or array-like of int, default=()
        Sizes of the encoder's layers before the code. This and all parameters that
        follow are those of ContractiveAutoencoder.
    activation : str, default="logistic"
        Activation of all hidden layers, and of the code unless ``code_activation`` is
        given: ``"logistic"``, ``"tanh"``, ``"relu"``, ``"identity"``, ``"softplus"``,
        ``"elu"`` or ``"leaky_relu"``.
    code_activation : str or None, default=None
        Activation of the code, one of those of ``activation``. If None, ``activation``
        is used.
    loss : {"squared_error", "cross_entropy"} or array-like, default="squared_error"
        Reconstruction loss, or a name for each column.
    tied_weights : bool, default=True
        Whether the decoder uses the transposed weights of the encoder.
    penalty : {"auto", "exact", "hutchinson", "higher_order"} or Penalty, default="auto"
        How ``||dh/dx||_F^2`` is computed.
    solver : {"adam", "sgd"}, default="adam"
        Adam, or stochastic gradient descent with momentum.
    learning_rate : {"cosine", "constant"}, default="cosine"
        Learning rate schedule.
    learning_rate_init : float or "auto", default="auto"
        Peak learning rate, above 0.
    momentum : float, default=0.9
        Momentum, in [0, 1). Only used when ``solver="sgd"``.
    nesterovs_momentum : bool, default=True
        Whether to use Nesterov's momentum. Only used when ``solver="sgd"``.
    batch_size : int or "auto", default="auto"
        Number of rows per step.
    max_iter : int, default=200
        Maximum number of epochs of each fit.
    tol : float, default=1e-4
        Smallest relative improvement of the objective that counts.
    n_iter_no_change : int or None, default=10
        Number of epochs without improvement after which a fit with
        ``learning_rate="constant"`` ends.
    early_stopping : bool, default=False
        Whether to measure improvement on rows held out of the training, and to keep the
        parameters of the best epoch.
    validation_fraction : float, default=0.1
        Fraction of the rows held out for early stopping, in (0, 1).
    weight_decay : float, default=0.0
        Factor of the squared norm of all weight matrices in the objective, at least 0.
    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch.
    random_state : int, RandomState instance or None, default=None
        Determines the random numbers of every fit. Pass an int for reproducible
        results.
    device : str, torch.device or None, default=None
        Device to compute on.
    verbose : int, default=0
        Verbosity level. Above 0, one line is printed for each group that is trained
        together and for each epoch of the last fit. Above 1, one line is also printed
        for each epoch of a group.

    Attributes
    ----------
    alpha_ : float
        The alpha chosen. Among alphas of equal score, it is the first.
    alphas_ : ndarray of shape (n_alphas,)
        The alphas tried.
    best_score_ : float
        Mean score of ``alpha_`` over the folds.
    best_index_ : int
        Position of ``alpha_`` in ``alphas_``.
    cv_results_ : dict of str to ndarray
        Results as in GridSearchCV: ``param_alpha``, ``params``, ``split0_test_score``
        and so on, ``mean_test_score``, ``std_test_score`` and ``rank_test_score``.
        Folds on which a score is nan are left out of the mean.
    n_splits_ : int
        Number of folds.
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of the encoder's layers, then of the decoder's.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases in the same order.
    components_ : ndarray of shape (n_components, n_features)
        Encoder weights. Only available if the encoder has one layer.
    intercept_hidden_ : ndarray of shape (n_components,)
        Encoder biases. Only available if the encoder has one layer.
    intercept_visible_ : ndarray of shape (n_features,)
        Decoder biases. Only available if the encoder has one layer.
    loss_curve_ : list of float
        Objective of each epoch of the last fit.
    reconstruction_curve_ : list of float
        Mean reconstruction loss of each epoch of the last fit.
    contraction_curve_ : list of float
        Mean ``||dh/dx||_F^2`` of each epoch of the last fit, not multiplied by alpha.
    curvature_curve_ : list of float
        Mean curvature of each epoch of the last fit, not multiplied by alpha. Only
        available if the penalty is :class:`~skcae.HigherOrder`.
    reconstruction_err_ : float
        Mean reconstruction loss of the epoch whose parameters were kept.
    validation_scores_ : list of float
        Minus the objective on the held-out rows at the end of each epoch. Only
        available if ``early_stopping=True``.
    best_validation_score_ : float
        Highest validation score, which is that of the parameters kept. Only available
        if ``early_stopping=True``.
    learning_rate_ : float
        Peak learning rate of the last fit.
    n_iter_ : int
        Number of epochs of the last fit.
    n_samples_seen_ : int
        Number of rows that the last fit trained on, each counted once per epoch.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen during fit. Defined only when X has feature names that
        are all strings.

    See Also
    --------
    ContractiveAutoencoder : The same autoencoder with a given alpha.
    skcae.model_selection.JointGridSearchCV : Searches any parameters, by any score.
    contractive_path : Returns the fitted autoencoders of all alphas.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoderCV
    >>> X = load_digits().data[:600] / 16
    >>> fit = {
    ...     "loss": "cross_entropy",
    ...     "max_iter": 50,
    ...     "n_iter_no_change": None,
    ...     "random_state": 0,
    ... }
    >>> cae = ContractiveAutoencoderCV(16, alphas=[0, 0.1, 1], cv=2, **fit).fit(X)
    >>> cae.alpha_
    0.1
    >>> cae.transform(X).shape
    (600, 16)
    """

    alpha_: float
    alphas_: np.ndarray
    best_score_: float
    best_index_: int
    cv_results_: dict[str, Any]
    n_splits_: int
    contraction_curve_: list[float]
    curvature_curve_: list[float]

    _parameter_constraints: dict[str, list[Any]] = {
        **_validation.SHARED_CONSTRAINTS,
        **_validation.PENALTY_CONSTRAINTS,
        **_validation.CROSS_VALIDATION_CONSTRAINTS,
    }

    def __init__(
        self,
        n_components: int = 64,
        *,
        alphas: int | ArrayLike = 9,
        cv: Any = None,
        scoring: str | Callable[..., float] | None = None,
        hidden_layer_sizes: ArrayLike = (),
        activation: ActivationName = "logistic",
        code_activation: ActivationName | None = None,
        loss: _domain.Loss = "squared_error",
        tied_weights: bool = True,
        penalty: PenaltyName | Literal["auto"] | Penalty = "auto",
        solver: SolverName = "adam",
        learning_rate: RateName = "cosine",
        learning_rate_init: float | Literal["auto"] = "auto",
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        batch_size: int | Literal["auto"] = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int | None = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        weight_decay: float = 0.0,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        device: str | torch.device | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.alphas = alphas
        self.cv = cv
        self.scoring = scoring
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.code_activation = code_activation
        self.loss = loss
        self.tied_weights = tied_weights
        self.penalty = penalty
        self.solver = solver
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.weight_decay = weight_decay
        self.shuffle = shuffle
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    @all_or_nothing
    @_validation.checked_parameters
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **params: Any) -> Self:
        """Choose alpha by cross-validation, then train with that alpha on all of X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,), default=None
            Labels for the splitter and the scorer.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in every fit. They are passed to the scorer
            too if it takes ``sample_weight``; a scorer with metadata requests must
            request it. Rows with zero weight are ignored, and splitters do not see
            them. Splits given as an iterable count all rows.
        **params : dict of str -> object
            Parameters of the splitter's ``split``, such as ``groups``, and of the
            scorer, each routed to those that request it. Only available if
            ``sklearn.set_config(enable_metadata_routing=True)`` is set. Without it,
            pass splits by groups as ``cv=list(splitter.split(X, y, groups))``.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter, X or sample_weight is not valid, or all rows are equal and
            ``alphas`` is an int, before any training starts; if no fold has a score; or
            if the objective of a fit diverges. The estimator is then left unchanged.
        """
        followed = FitTask(self, "fit", 1 + int(self.max_iter), X, y, sample_weight)
        tried = self._choose(X, y, sample_weight, params, Progress(self, followed.context))
        chosen = self._with(self.alpha_)
        prepare = partial(chosen._training, X, sample_weight)
        return train_estimator(self, prepare, followed, tried=tried)

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of fit, of the splitter and of the scorer.

        Returns
        -------
        routing : MetadataRouter
            Routing information.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        by_split = MethodMapping().add(caller="fit", callee="split")
        router.add(splitter=self.cv, method_mapping=by_split)
        if self.scoring is not None:
            scorer = get_scorer(self.scoring) if isinstance(self.scoring, str) else self.scoring
            by_score = MethodMapping().add(caller="fit", callee="score")
            router.add(scorer=scorer, method_mapping=by_score)
        return router

    def _choose(
        self, X: Any, y: Any, sample_weight: Any, params: dict[str, Any], progress: Progress
    ) -> list[Outcome]:
        """Score every alpha on every fold and return the outcomes of the fits."""
        X = _bridge.to_array(_validation.check_rows(self, X, reset=True))
        _domain.check_domain(X, self.loss)
        y = None if y is None else np.asarray(y)
        weight = _validation.check_weights(sample_weight, X)
        scorer = self._scorer()
        metadata = routed(self, scorer, weight, params)
        splits = splits_of(self.cv, X, y, weight, metadata.split)
        alphas = self._alphas(X, weight)
        rows = [(X[train], None if weight is None else weight[train]) for train, _ in splits]
        fits = [[self._with(alpha) for alpha in alphas] for _ in rows]
        groups = grouped(list(chain(*fits)), [fold for fold in rows for _ in alphas])
        tried: list[Outcome] = []
        for group, on_epoch in progress.of_groups(groups):
            tried += fit_group(group, on_epoch)
        scores = [
            _scores(scorer, of_fold, X, y, test, of_rows(metadata.score, test, X.shape[0]))
            for of_fold, (_, test) in zip(fits, splits, strict=True)
        ]
        self._record(np.asarray(alphas, dtype=np.float64), np.array(scores))
        return [outcome._replace(candidate=True) for outcome in tried]

    def _check_ahead(self, n_rows: int, n_features: int) -> None:
        if not isinstance(self.alphas, Integral):
            check_alphas(self.alphas)
        self._scorer()
        if self.cv is None or isinstance(self.cv, Integral):
            train, _ = next(check_cv(self.cv).split(np.empty((n_rows, 1))))
            n_rows = len(train)
        self._with(0.0)._check_ahead(n_rows, n_features)

    def _alphas(self, X: Any, weight: np.ndarray | None) -> list[float]:
        if isinstance(self.alphas, Integral):
            path: list[float] = grid_of(self, X, weight, int(self.alphas)).tolist()
            return path
        return check_alphas(self.alphas)

    def _scorer(self) -> Callable[..., float]:
        if self.scoring is None:
            return denoising_score
        scorer: Callable[..., float] = check_scoring(self._with(0.0), scoring=self.scoring)
        return scorer

    def _record(self, alphas: np.ndarray, scores: np.ndarray) -> None:
        defined = ~np.isnan(scores).any(1)
        if not defined.any():
            raise ValueError(
                "The score is nan on every fold; take fewer folds, or another scoring."
            )
        mean = scores[defined].mean(0)
        self.alphas_ = alphas
        self.n_splits_ = len(scores)
        self.best_index_ = int(mean.argmax())
        self.alpha_ = float(alphas[self.best_index_])
        self.best_score_ = float(mean[self.best_index_])
        self.cv_results_ = {
            "param_alpha": alphas,
            "params": [{"alpha": float(alpha)} for alpha in alphas],
            **{f"split{split}_test_score": of_fold for split, of_fold in enumerate(scores)},
            "mean_test_score": mean,
            "std_test_score": scores[defined].std(0),
            "rank_test_score": rankdata(-mean, method="min").astype(np.int32),
        }

    def _with(self, alpha: float) -> ContractiveAutoencoder:
        """A ContractiveAutoencoder with this alpha and the shared parameters."""
        own = {"alpha", "warm_start", "verbose"}
        names = ContractiveAutoencoder().get_params().keys() - own
        shared = {name: getattr(self, name) for name in names}
        return ContractiveAutoencoder(alpha=alpha, **shared)


def _scores(
    scorer: Callable[..., float],
    fits: list[Any],
    X: Any,
    y: Any,
    test: np.ndarray,
    metadata: dict[str, Any],
) -> list[float]:
    """The score of each fit on the rows held out of it."""
    y = None if y is None else y[test]
    return [float(scorer(fit, X[test], y, **metadata)) for fit in fits]
