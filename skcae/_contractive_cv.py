"""ContractiveAutoencoderCV: the contraction strength chosen by cross-validation, all alphas on all folds trained together."""

from collections.abc import Callable, Sequence
from functools import partial
from inspect import signature
from itertools import chain, pairwise
from numbers import Integral
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv

from skcae import _bridge, _validation
from skcae._callbacks import FitTask
from skcae._codes import Codes
from skcae._contractive import ContractiveAutoencoder
from skcae._outcome import Outcome
from skcae._path import Progress, check_alphas, fit_group, grouped
from skcae._spread import distinct_rows, total_variance
from skcae._training import all_or_nothing, train_estimator
from skcae.core.activations import ACTIVATIONS
from skcae.core.penalties import Penalty
from skcae.metrics import denoising_score

LOWEST, HIGHEST = 1e-3, 10.0
"""Ends of the path that the data choose, in units of the alpha at which contraction and reconstruction weigh the same."""


class ContractiveAutoencoderCV(Codes):
    """Contractive autoencoder that chooses its contraction strength by cross-validation, without labels.

    For every alpha an autoencoder is trained on the training rows of every fold, all of
    them in one training, and scored on the fold's held-out rows; then the alpha of the
    highest mean score is trained on all rows. The score is by default
    :func:`skcae.metrics.denoising_score`: how well held-out rows are recovered from
    noisy copies. (The reconstruction of clean rows is best at ``alpha=0``, always.)

    Once fitted it is what :class:`~skcae.ContractiveAutoencoder` is with
    ``alpha=alpha_``. Where a classifier follows and what counts is its accuracy, search
    the Pipeline of both with :class:`skcae.model_selection.JointGridSearchCV`.

    Parameters
    ----------
    n_components : int, default=64
        Size of the code, at least 1; may be more than the number of features.
    alphas : int or array-like of shape (n_alphas,), default=9
        Contraction strengths to try, distinct, each at least 0. An int, from 2 to 900,
        is how many to take from a geometric path that the data choose: from 0.001 to 10
        times the total variance of X over the ``||dh/dx||_F^2`` to be expected of the
        initial weights, rounded to three digits.
    cv : int, cross-validation generator or an iterable, default=None
        How rows are split: None is 5 folds, in order, as in LassoCV. Shuffle rows that
        are sorted, for instance with ``KFold(5, shuffle=True, random_state=0)``.
    scoring : str, callable or None, default=None
        What to choose by, ``scorer(estimator, X, y)`` on held-out rows with a fitted
        ContractiveAutoencoder; None is :func:`~skcae.metrics.denoising_score`. To
        choose by labels, :func:`~skcae.metrics.linear_probe_score`.
    hidden_layer_sizes : int or array-like of int, default=()
        As in ContractiveAutoencoder, like all that follow.
    activation : {"logistic", "tanh", "relu", "identity", "softplus"}, default="logistic"
        Activation of the code and of all hidden layers.
    loss : {"squared_error", "cross_entropy"} or array-like of str, default="squared_error"
        Reconstruction loss, or a name for every column, as in ContractiveAutoencoder.
    tied_weights : bool, default=True
        Whether the decoder uses the encoder's weights, transposed.
    penalty : {"auto", "exact", "hutchinson"} or instance, default="auto"
        How ``||dh/dx||_F^2`` is computed.
    solver : {"adam", "sgd"}, default="adam"
        Adam, or stochastic gradient descent with momentum.
    learning_rate : {"cosine", "constant"}, default="cosine"
        How the rate moves over a fit.
    learning_rate_init : float or "auto", default="auto"
        The highest learning rate.
    momentum : float, default=0.9
        Momentum of ``solver="sgd"``.
    nesterovs_momentum : bool, default=True
        Whether that momentum is Nesterov's.
    batch_size : int or "auto", default="auto"
        Rows per step.
    max_iter : int, default=200
        The most epochs.
    tol : float, default=1e-4
        An epoch improves if it lowers the objective by more than this fraction.
    n_iter_no_change : int or None, default=10
        Epochs without improvement after which a fit at a constant rate ends.
    early_stopping : bool, default=False
        Whether improvement is measured on rows held out of the training.
    validation_fraction : float, default=0.1
        Fraction of the rows that early stopping holds out.
    weight_decay : float, default=0.0
        Factor of the squared norm of all weight matrices.
    shuffle : bool, default=True
        Whether each epoch takes the rows in a new order.
    random_state : int, RandomState instance or None, default=None
        Seed of every fit.
    device : {"auto", "cpu", "cuda"} or None, default=None
        Where to compute.
    verbose : int, default=0
        How much is printed: above 0 a line for each group that is trained together, and
        for each epoch of the last fit; above 1 a line for each epoch of a group.

    Attributes
    ----------
    alpha_ : float
        The alpha chosen; of alphas that score the same, the first.
    alphas_ : ndarray of shape (n_alphas,)
        The alphas tried.
    best_score_ : float
        Mean score of ``alpha_`` over the folds.
    best_index_ : int
        Its position in ``alphas_``.
    cv_results_ : dict of str to ndarray
        ``param_alpha``, ``params``, ``split0_test_score`` and so on,
        ``mean_test_score``, ``std_test_score`` and ``rank_test_score``, as of
        GridSearchCV. Folds on which a score is nan are left out of the mean.
    n_splits_ : int
        Number of folds.
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of the encoder's layers, then the decoder's.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases in the same order.
    components_ : ndarray of shape (n_components, n_features)
        Encoder weights; of a one-layer encoder only.
    intercept_hidden_ : ndarray of shape (n_components,)
        Encoder biases; of a one-layer encoder only.
    intercept_visible_ : ndarray of shape (n_features,)
        Decoder biases; of a one-layer encoder only.
    loss_curve_ : list of float
        Objective of each epoch of the last fit.
    reconstruction_curve_ : list of float
        Its reconstruction loss.
    contraction_curve_ : list of float
        Its ``||dh/dx||_F^2``.
    reconstruction_err_ : float
        Reconstruction loss of the epoch whose parameters were kept.
    validation_scores_ : list of float
        Minus the objective on the held-out rows after each epoch; with
        ``early_stopping=True`` only.
    best_validation_score_ : float
        The highest of them; with ``early_stopping=True`` only.
    learning_rate_ : float
        The highest learning rate of the last fit.
    n_iter_ : int
        Epochs of the last fit.
    n_samples_seen_ : int
        Rows that it trained on, counting each epoch.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X had names that are all strings.

    See Also
    --------
    ContractiveAutoencoder : The same with an alpha that is given.
    skcae.model_selection.JointGridSearchCV : A search of any parameters, by any score.
    contractive_path : The fitted autoencoders of all alphas.

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
        activation: str = "logistic",
        loss: str | Sequence[str] = "squared_error",
        tied_weights: bool = True,
        penalty: str | Penalty = "auto",
        solver: str = "adam",
        learning_rate: str = "cosine",
        learning_rate_init: float | str = "auto",
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        batch_size: int | str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int | None = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        weight_decay: float = 0.0,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        device: str | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.alphas = alphas
        self.cv = cv
        self.scoring = scoring
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
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
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Choose alpha by cross-validation, and train the autoencoder of that alpha on X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,), default=None
            Passed to the splitter and to ``scoring``.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in every fit, and in the score if it takes
            ``sample_weight``.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter, X or sample_weight is not valid, or X has no spread to
            choose a path by, before any training starts; if no fold has a score, or the
            objective of a fit diverges. The estimator is then what it was before the
            call.
        """
        followed = FitTask(self, "fit", 1 + int(self.max_iter), X, y, sample_weight)
        tried = self._choose(X, y, sample_weight, Progress(self, followed.context))
        chosen = self._with(self.alpha_)
        prepare = partial(chosen._training, X, sample_weight)
        return train_estimator(self, prepare, followed, tried=tried)

    def _choose(self, X: Any, y: Any, sample_weight: Any, progress: Progress) -> list[Outcome]:
        """Score every alpha on every fold; returns what became of the fits."""
        X = _bridge.to_array(_validation.check_rows(self, X, reset=True))
        _validation.check_domain(X, self.loss)
        y = None if y is None else np.asarray(y)
        weight = _validation.check_weights(sample_weight, X)
        splits = list(check_cv(self.cv, y).split(X, y))
        if not splits:
            raise ValueError(
                f"cv={self.cv!r} has no split; give one that has, for instance an integer "
                "of at least 2."
            )
        alphas = self._alphas(X, weight)
        scorer = self._scorer(alphas[0])
        rows = [(X[train], None if weight is None else weight[train]) for train, _ in splits]
        fits = [[self._with(alpha) for alpha in alphas] for _ in rows]
        groups = grouped(list(chain(*fits)), [fold for fold in rows for _ in alphas])
        tried: list[Outcome] = []
        for group, on_epoch in progress.of_groups(groups):
            tried += fit_group(group, on_epoch)
        scores = [
            _scores(scorer, of_fold, X, y, weight, test)
            for of_fold, (_, test) in zip(fits, splits, strict=True)
        ]
        self._record(np.asarray(alphas, dtype=np.float64), np.array(scores))
        return [outcome._replace(candidate=True) for outcome in tried]

    def _alphas(self, X: Any, weight: np.ndarray | None) -> list[float]:
        if isinstance(self.alphas, Integral):
            return self._path_of(X, weight, int(self.alphas))
        return check_alphas(self.alphas)

    def _scorer(self, alpha: float) -> Callable[..., float]:
        if self.scoring is None:
            return denoising_score
        scorer: Callable[..., float] = check_scoring(self._with(alpha), scoring=self.scoring)
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

    def _path_of(self, X: Any, weight: np.ndarray | None, n_alphas: int) -> list[float]:
        """A path around the alpha at which contraction and variance weigh the same."""
        rows, share = distinct_rows(X, weight, np.random.RandomState(0))
        sizes = _validation.layer_sizes(self, X.shape[1])
        middle = total_variance(rows, share) / _initial_contraction(sizes, self.activation)
        if len(share) == 1 or LOWEST * middle < np.finfo(np.float64).tiny:
            raise ValueError(
                f"alphas={self.alphas!r} asks for a path by the spread of X, whose rows are "
                "all equal, or nearly so; scale X, or list alphas instead."
            )
        path = np.geomspace(LOWEST * middle, HIGHEST * middle, n_alphas)
        return [float(f"{alpha:.3g}") for alpha in path]

    def _with(self, alpha: float) -> ContractiveAutoencoder:
        """An autoencoder of this alpha, with the parameters that it shares with this one."""
        own = {"alpha", "warm_start", "verbose"}
        names = ContractiveAutoencoder().get_params().keys() - own
        shared = {name: getattr(self, name) for name in names}
        return ContractiveAutoencoder(alpha=alpha, **shared)


def _scores(
    scorer: Callable[..., float],
    fits: list[Any],
    X: Any,
    y: Any,
    weight: np.ndarray | None,
    test: np.ndarray,
) -> list[float]:
    """The score of each fit on the rows held out of it."""
    weighted = "sample_weight" in signature(scorer).parameters
    options = {"sample_weight": weight[test]} if weight is not None and weighted else {}
    return [float(scorer(fit, X[test], None if y is None else y[test], **options)) for fit in fits]


def _initial_contraction(sizes: tuple[int, ...], activation_name: str) -> float:
    """The expected ``||dh/dx||_F^2`` of the initial weights, every unit being near zero."""
    activation = ACTIVATIONS[activation_name]
    # On both sides of zero, for a slope that jumps there.
    around_zero = torch.tensor([-1e-3, 1e-3], dtype=torch.float64, device="cpu")
    square_slope = float(activation.slope(activation.forward(around_zero)).square().mean())
    norm = float(sizes[0])
    for n_in, n_out in pairwise(sizes):
        norm *= square_slope * n_out * 2 / (n_in + n_out)
    return norm
