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
    """Denoising autoencoder: features from which a corrupted input is restored.

    The rival of the contractive autoencoder, of the same architecture and API. Each
    time a row is seen it is corrupted anew, encoded and decoded, and the reconstruction
    is compared with the clean row: it minimises

        mean over rows of ``L(x, g(f(corrupted x)))``.

    Codes and scores are those of the input as it is given, never corrupted.

    Parameters
    ----------
    n_components : int, default=64
        Size of the code, at least 1; may be more than the number of features.
    corruption : {"masking", "gaussian", "salt_and_pepper"}, default="masking"
        ``"masking"`` sets values to 0, ``"salt_and_pepper"`` to the smallest or largest
        value of the feature in the batch, and ``"gaussian"`` adds normal noise.
    corruption_level : float, default=0.3
        The fraction of values that masking and salt and pepper corrupt, in [0, 1]; the
        standard deviation of Gaussian noise, in units of X, at least 0.
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
        Whether the decoder uses the encoder's weights, transposed.
    solver : {"adam", "sgd"}, default="adam"
        Adam, or stochastic gradient descent with momentum.
    learning_rate : {"cosine", "constant"}, default="cosine"
        How the rate moves over a fit: ``"cosine"`` warms up to ``learning_rate_init``
        in the first tenth of ``max_iter`` and comes down along a cosine; ``"constant"``
        keeps it.
    learning_rate_init : float or "auto", default="auto"
        Peak learning rate, above 0. ``"auto"`` is the bound of the initial weights,
        ``sqrt(6 / (n_in + n_out))`` of the widest layer, divided by the number of
        encoder layers and, for activations without an upper end (``"relu"``,
        ``"identity"``, ``"softplus"``), by 4. For cosine schedules longer than 60
        epochs and 1500 steps it is further divided by the square root of
        ``min(max_iter / 60, steps / 1500)``. A constant rate, as in partial_fit, is a
        tenth of the peak, times ``sqrt(rows / 50)`` for steps of fewer than 50 rows.
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
        Its reconstruction loss, of corrupted rows against clean ones.
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
    ContractiveAutoencoder : Robust by a penalty on the Jacobian of the code instead.
    sklearn.decomposition.PCA : Linear features of least reconstruction error.
    sklearn.neural_network.BernoulliRBM : Binary features by contrastive divergence.

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
