"""The denoising autoencoder: its signature, its objective and its corruption."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike

from skcae import _domain, _validation
from skcae._base import BaseAutoencoder
from skcae.core.activations import ActivationName
from skcae.core.corruptions import Corruption, CorruptionName
from skcae.core.model import Architecture
from skcae.core.objective import AutoencoderObjective
from skcae.core.solvers import RateName, SolverName


class DenoisingAutoencoder(BaseAutoencoder):
    """Denoising autoencoder, whose codes restore a corrupted input.

    It is the alternative to the contractive autoencoder, with the same architecture and
    API. Every time a row is seen, it is corrupted anew, encoded and decoded, and the
    reconstruction is compared with the clean row, by minimising

        mean over rows of ``L(x, g(f(corrupted x)))``,

    where f is the encoder and g the decoder [1]_. ``transform`` and all scores take the
    input as it is given, without corruption.

    Parameters
    ----------
    n_components : int, default=64
        Size of the code, at least 1. It may exceed the number of features.
    corruption : {"masking", "gaussian", "salt_and_pepper"}, default="masking"
        Kind of corruption. ``"masking"`` sets values to 0. ``"salt_and_pepper"`` sets
        them to the smallest or largest value of the feature in the batch.
        ``"gaussian"`` adds normal noise.
    corruption_level : float, default=0.3
        For ``"masking"`` and ``"salt_and_pepper"``, fraction of the values to corrupt,
        in [0, 1]. For ``"gaussian"``, standard deviation of the noise in the units of
        X, at least 0.
    hidden_layer_sizes : int or array-like of int, default=()
        Sizes of the encoder's layers before the code. The decoder mirrors them. By
        default, the encoder has one layer.
    activation : str, default="logistic"
        Activation of all hidden layers, and of the code unless ``code_activation`` is
        given: ``"logistic"``, ``"tanh"``, ``"relu"``, ``"identity"``, ``"softplus"``,
        ``"elu"`` or ``"leaky_relu"``.
    code_activation : str or None, default=None
        Activation of the code, one of those of ``activation``. If None, ``activation``
        is used.
    loss : {"squared_error", "cross_entropy"} or array-like, default="squared_error"
        Reconstruction loss. ``"squared_error"`` is ``||x - r||^2`` with a linear
        output. ``"cross_entropy"`` is the Bernoulli cross-entropy with a logistic
        output, for X in [0, 1]. For tables of mixed columns, an array-like of shape
        (n_features,) names the loss of each column: one of the two, or
        ``"softmax:name"`` for the columns of a one-hot group, which share the name.
    tied_weights : bool, default=True
        Whether the decoder uses the transposed weights of the encoder.
    solver : {"adam", "sgd"}, default="adam"
        Adam, or stochastic gradient descent with momentum.
    learning_rate : {"cosine", "constant"}, default="cosine"
        Learning rate schedule. ``"cosine"`` rises to ``learning_rate_init`` in the
        first tenth of ``max_iter`` and then decays along a cosine. ``"constant"`` stays
        at ``learning_rate_init``.
    learning_rate_init : float or "auto", default="auto"
        Peak learning rate, above 0. ``"auto"`` follows the bound of the initial weights
        of the widest layer, ``b = sqrt(6 / (n_in + n_out))``. It is ``b`` for one layer
        and ``1.8 * b**1.5 / n_layers`` with hidden layers, divided by a divisor of the
        activation. That is 1 for ``"logistic"``; 1 for ``"tanh"``, or 2 with hidden
        layers; 2 for ``"softplus"``, or ``max(1, sqrt(n_features) / 2)`` with hidden
        layers; 4 for others. The largest counts if activations differ. A constant rate,
        as in ``partial_fit``, is a tenth of that, times ``sqrt(rows / 50)`` if a step
        has fewer than 50 rows. For cosine schedules longer than 60 epochs and 1500
        steps, the rate of one layer is further divided by the square root of
        ``min(max_iter / 60, steps / 1500)``. If the objective of an epoch exceeds 1.5
        times the lowest so far, the fit returns to the epoch of the lowest and
        continues at half the rate.
    momentum : float, default=0.9
        Momentum, in [0, 1). Only used when ``solver="sgd"``.
    nesterovs_momentum : bool, default=True
        Whether to use Nesterov's momentum. Only used when ``solver="sgd"``.
    batch_size : int or "auto", default="auto"
        Number of rows per step, at least 1. ``"auto"`` is a fortieth of the rows, but
        at least 50 and at most 200; in ``partial_fit`` with hidden layers it is 10. If
        there are fewer rows than that, a step takes all of them.
    max_iter : int, default=200
        Maximum number of epochs.
    tol : float, default=1e-4
        Smallest relative improvement that counts. An epoch improves if it lowers the
        objective by more than this fraction of the lowest so far.
    n_iter_no_change : int or None, default=10
        Number of epochs without improvement after which a fit with
        ``learning_rate="constant"`` ends. A fit with ``"cosine"`` always lasts
        ``max_iter`` epochs. A fit that reaches ``max_iter`` warns if its last epochs
        still improved. If None, the fit lasts ``max_iter`` epochs and does not warn.
    early_stopping : bool, default=False
        Whether to measure improvement on rows held out of the training, or on the
        ``X_val`` passed to ``fit``, and to keep the parameters of the best epoch.
    validation_fraction : float, default=0.1
        Fraction of the rows held out for early stopping, in (0, 1). Only used when
        ``early_stopping=True`` and no ``X_val`` is passed to ``fit``.
    weight_decay : float, default=0.0
        Factor of the squared norm of all weight matrices in the objective, at least 0.
    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch.
    warm_start : bool, default=False
        If True, ``fit`` continues from the last fit, solver state included. With
        ``learning_rate="constant"`` and ``n_iter_no_change=None``, fits of n and of m
        epochs then equal one fit of n + m epochs to the last bit, even if the estimator
        is saved and loaded in between.
    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the rows and every other random
        number. Pass an int for reproducible results. They are equal to the last bit on
        the same machine with the same number of threads.
    device : str, torch.device or None, default=None
        Device to compute on. None is the device of X, which is the CPU unless X is a
        tensor. ``"auto"`` is CUDA if available and the CPU otherwise. Other values are
        devices of torch or their names: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``
        (which has no float64). A saved estimator holds the name.
    verbose : int, default=0
        Verbosity level. If above 0, one line is printed per epoch.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of the encoder's layers, then of the decoder's. If the weights are tied,
        those of the decoder are the transposes of the encoder's.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases in the same order.
    components_ : ndarray of shape (n_components, n_features)
        Encoder weights. Only available if the encoder has one layer.
    intercept_hidden_ : ndarray of shape (n_components,)
        Encoder biases. Only available if the encoder has one layer.
    intercept_visible_ : ndarray of shape (n_features,)
        Decoder biases. Only available if the encoder has one layer.
    loss_curve_ : list of float
        Objective of each epoch: the mean over its rows, taken while the parameters
        move.
    reconstruction_curve_ : list of float
        Mean reconstruction loss of each epoch, of corrupted rows against clean ones.
    reconstruction_err_ : float
        Mean reconstruction loss of the epoch whose parameters were kept.
    validation_scores_ : list of float
        Minus the objective on the held-out rows at the end of each epoch. Only
        available if ``early_stopping=True``.
    best_validation_score_ : float
        Highest validation score of the last fit, which is that of the parameters kept.
        Only available if ``early_stopping=True``.
    learning_rate_ : float
        Peak learning rate actually used: ``"auto"`` is resolved and all reductions are
        included.
    n_iter_ : int
        Number of epochs trained, those of continued fits included.
    n_samples_seen_ : int
        Number of rows trained on, each row counted once per epoch.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen during fit. Defined only when X has feature names that
        are all strings.

    See Also
    --------
    ContractiveAutoencoder : Made robust by a penalty on the Jacobian instead.
    sklearn.decomposition.PCA : Linear features of least reconstruction error.
    sklearn.neural_network.BernoulliRBM : Binary features by contrastive divergence.

    Notes
    -----
    Where a step forms no reconstruction, Gaussian noise is drawn in the span of the
    weights only. Noise outside of the span changes no code, and adds nothing to the
    mean of the gradient.

    KeyboardInterrupt ends ``fit`` at the last whole epoch, with a warning. It
    propagates before the first epoch has ended, if ``max_iter=1``, and from
    ``partial_fit``.

    References
    ----------
    .. [1] P. Vincent, H. Larochelle, I. Lajoie, Y. Bengio, P.-A. Manzagol (2010).
       Stacked denoising autoencoders: learning useful representations in a deep network
       with a local denoising criterion. Journal of Machine Learning Research 11,
       3371-3408. Section 3.3 gives the corruptions.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcae import DenoisingAutoencoder
    >>> X = load_digits().data / 16
    >>> dae = DenoisingAutoencoder(
    ...     32,
    ...     corruption="gaussian",
    ...     corruption_level=0.2,
    ...     max_iter=20,
    ...     n_iter_no_change=None,
    ...     random_state=0,
    ... )
    >>> dae.fit_transform(X).shape
    (1797, 32)
    """

    _parameter_constraints = {
        **BaseAutoencoder._parameter_constraints,
        **_validation.CORRUPTION_CONSTRAINTS,
    }

    def __init__(
        self,
        n_components: int = 64,
        *,
        corruption: CorruptionName = "masking",
        corruption_level: float = 0.3,
        hidden_layer_sizes: ArrayLike = (),
        activation: ActivationName = "logistic",
        code_activation: ActivationName | None = None,
        loss: _domain.Loss = "squared_error",
        tied_weights: bool = True,
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
        self.corruption = corruption
        self.corruption_level = corruption_level
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.code_activation = code_activation
        self.loss = loss
        self.tied_weights = tied_weights
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
            architecture, _domain.loss_name(self.loss), weight_decay=float(self.weight_decay)
        )

    def _corruption(self) -> Corruption:
        return _validation.corruption(self.corruption, self.corruption_level)
