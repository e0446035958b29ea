"""The contractive autoencoder: its signature and its objective."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike

from skcae import _domain, _validation
from skcae._base import BaseAutoencoder
from skcae.core.activations import ActivationName
from skcae.core.model import Architecture
from skcae.core.objective import AutoencoderObjective
from skcae.core.penalties import Penalty, PenaltyName
from skcae.core.solvers import RateName, SolverName


class ContractiveAutoencoder(BaseAutoencoder):
    """Contractive autoencoder: features that follow the data and ignore the rest.

    Trained to reconstruct its input while its code h changes as little as possible with
    the input x, it minimises

        mean over rows of ``L(x, r) + alpha * ||dh/dx||_F^2``,

    L and the squared Frobenius norm both being sums over all entries. The code then
    varies along the directions in which the data vary, and hardly along others.
    ``alpha=0`` is the plain autoencoder.

    Parameters
    ----------
    n_components : int, default=64
        Size of the code, at least 1; may be more than the number of features.
    alpha : float, default=0.1
        Contraction strength, at least 0: the factor of ``||dh/dx||_F^2`` beside a
        reconstruction loss that is summed, not averaged, over features. Search it on a
        logarithmic grid, say from 0.001 to 10.
    hidden_layer_sizes : int or array-like of int, default=()
        Sizes of the encoder's layers before the code; the decoder mirrors them. The
        default is one layer.
    activation : {"logistic", "tanh", "relu", "identity", "softplus", "elu", \
            "leaky_relu"}, default="logistic"
        Activation of all hidden layers, and of the code unless ``code_activation`` is
        given.
    code_activation : str or None, default=None
        Activation of the code, one of those of ``activation``; None is ``activation``.
    loss : {"squared_error", "cross_entropy"} or array-like of str, default="squared_error"
        ``"squared_error"`` is ``||x - r||^2`` with a linear output; ``"cross_entropy"``
        is Bernoulli's with a logistic output, for X in [0, 1].
        An array-like of shape (n_features,) names the loss of every column, for tables
        of several kinds: these two, and ``"softmax:name"`` for the columns of a one-hot
        group, which have one name in common.
    tied_weights : bool, default=True
        Whether the decoder uses the encoder's weights, transposed. Untied, the encoder
        can shrink while the decoder grows, which contracts the code without changing
        what it says: the penalty then does little.
    penalty : {"auto", "exact", "hutchinson", "higher_order"} or instance, default="auto"
        How ``||dh/dx||_F^2`` is computed. ``"exact"`` has a closed form for one layer
        and goes through the Gram matrix of the first layer for more; ``"hutchinson"``
        estimates it without bias from one random projection per row and step;
        ``"auto"`` is exact for one layer and Hutchinson's for more. ``"higher_order"``
        adds the curvature of the encoder, see :class:`~skcae.HigherOrder`. An instance
        carries knobs, as in ``Hutchinson(n_probes=4)``.
    solver : {"adam", "sgd"}, default="adam"
        Adam, or stochastic gradient descent with momentum.
    learning_rate : {"cosine", "constant"}, default="cosine"
        How the rate moves over a fit: ``"cosine"`` warms up to ``learning_rate_init``
        in the first tenth of ``max_iter`` and comes down along a cosine; ``"constant"``
        keeps it.
    learning_rate_init : float or "auto", default="auto"
        Peak learning rate, above 0. ``"auto"`` is the bound of the initial weights,
        ``sqrt(6 / (n_in + n_out))`` of the widest layer, divided by the number of
        encoder layers, by ``1 + min(1, alpha)`` and, for activations without an upper
        end (``"relu"``, ``"identity"``, ``"softplus"``), by 4. For cosine schedules
        longer than 60 epochs and 1500 steps it is further divided by the square root
        of ``min(max_iter / 60, steps / 1500)``. A constant rate, as in partial_fit, is
        a tenth of the peak, times ``sqrt(rows / 50)`` for steps of fewer than 50 rows.
        When the objective of an epoch is 1.5 times that of an earlier one, the fit goes
        back there and continues at half the rate.
    momentum : float, default=0.9
        Momentum of ``solver="sgd"``, in [0, 1).
    nesterovs_momentum : bool, default=True
        Whether that momentum is Nesterov's.
    batch_size : int or "auto", default="auto"
        Rows per step; ``"auto"`` is a fortieth of the rows, but from 50 to 200, or all
        rows if they are fewer.
    max_iter : int, default=200
        The most epochs, at least 1.
    tol : float, default=1e-4
        An epoch improves if it lowers the objective by more than this fraction of the
        lowest so far.
    n_iter_no_change : int or None, default=10
        Epochs without improvement after which a fit with ``learning_rate="constant"``
        ends. One with ``"cosine"`` goes on to ``max_iter``, and warns if its last
        epochs still improve. None trains for ``max_iter`` epochs and does not warn.
    early_stopping : bool, default=False
        Whether improvement is measured on rows held out of the training, or on the
        ``X_val`` that fit is given, and the best epoch's parameters are kept.
    validation_fraction : float, default=0.1
        Fraction of the rows that early stopping holds out, in (0, 1).
    weight_decay : float, default=0.0
        Factor of the squared norm of all weight matrices that is added to the
        objective, at least 0.
    shuffle : bool, default=True
        Whether each epoch takes the rows in a new order.
    warm_start : bool, default=False
        Whether fit continues from the last fit, solver state included. With
        ``learning_rate="constant"`` and ``n_iter_no_change=None``, n epochs and then m
        are n + m in one fit to the last bit, saved in between or not.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the order of the rows and every other draw. The
        same int on the same machine with the same number of threads gives the same fit
        to the last bit.
    device : str, torch.device or None, default=None
        Where to compute. None is where X is: the CPU for all but tensors. ``"auto"`` is
        CUDA where there is a device, else the CPU. Others are torch's devices or their
        names: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"`` (which has no float64).
        Files hold the name.
    verbose : int, default=0
        Whether to print a line per epoch.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of the encoder's layers, then the decoder's. Tied decoder weights are
        the transposes of the encoder's.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases in the same order.
    components_ : ndarray of shape (n_components, n_features)
        Encoder weights; of a one-layer encoder only.
    intercept_hidden_ : ndarray of shape (n_components,)
        Encoder biases; of a one-layer encoder only.
    intercept_visible_ : ndarray of shape (n_features,)
        Decoder biases; of a one-layer encoder only.
    loss_curve_ : list of float
        Objective of each epoch, the mean over its rows while the parameters moved.
    reconstruction_curve_ : list of float
        Its reconstruction loss.
    contraction_curve_ : list of float
        Its ``||dh/dx||_F^2``, not multiplied by alpha.
    curvature_curve_ : list of float
        Its curvature, not multiplied by alpha; with
        :class:`~skcae.HigherOrder` as the penalty only.
    reconstruction_err_ : float
        Reconstruction loss of the epoch whose parameters were kept.
    validation_scores_ : list of float
        Minus the objective on the held-out rows after each epoch; with
        ``early_stopping=True`` only.
    best_validation_score_ : float
        The highest of them in the last fit, that of the parameters that were kept; with
        ``early_stopping=True`` only.
    learning_rate_ : float
        The highest learning rate of the fit that was kept: ``"auto"`` resolved,
        halvings included.
    n_iter_ : int
        Epochs trained.
    n_samples_seen_ : int
        Rows trained on, counting each epoch.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X had names that are all strings.

    See Also
    --------
    DenoisingAutoencoder : Robust by corrupting its input instead.
    sklearn.decomposition.PCA : Linear features of least reconstruction error.
    sklearn.neural_network.BernoulliRBM : Binary features by contrastive divergence.

    References
    ----------
    .. [1] S. Rifai, P. Vincent, X. Muller, X. Glorot, Y. Bengio (2011). Contractive
       auto-encoders: explicit invariance during feature extraction. Proceedings of the
       28th International Conference on Machine Learning, 833-840. Equation 7 is the
       objective, equation 9 the closed form for one logistic layer.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from skcae import ContractiveAutoencoder
    >>> X, y = load_digits(return_X_y=True)
    >>> cae = ContractiveAutoencoder(
    ...     32, max_iter=20, n_iter_no_change=None, random_state=0
    ... )
    >>> pipe = make_pipeline(MinMaxScaler(), cae, LogisticRegression(max_iter=1000))
    >>> search = GridSearchCV(
    ...     pipe, {"contractiveautoencoder__alpha": [0.0, 0.1, 1.0]}, cv=3
    ... ).fit(X, y)
    >>> search.best_estimator_[:-1].transform(X).shape
    (1797, 32)
    """

    contraction_curve_: list[float]
    curvature_curve_: list[float]

    _parameter_constraints = {
        **BaseAutoencoder._parameter_constraints,
        **_validation.CONTRACTION_CONSTRAINTS,
    }

    def __init__(
        self,
        n_components: int = 64,
        *,
        alpha: float = 0.1,
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
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        device: str | torch.device | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.alpha = alpha
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
        self.warm_start = warm_start
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    def _objective(self, architecture: Architecture) -> AutoencoderObjective:
        return AutoencoderObjective(
            architecture,
            _domain.loss_name(self.loss),
            alpha=float(self.alpha),
            penalty=_validation.resolve_penalty(self.penalty, architecture.depth),
            weight_decay=float(self.weight_decay),
        )
