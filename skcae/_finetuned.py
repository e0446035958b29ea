"""FinetunedClassifier: a classifier that starts from the codes of an autoencoder."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Self, cast

import numpy as np
import torch
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    clone,
)
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_consistent_length, column_or_1d, compute_class_weight, get_tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_memory, validate_data
from torch import Tensor

from skcae import _bridge, _defaults, _state, _validation, distributed
from skcae._callbacks import CallbackSupportMixin, FitTask
from skcae._contractive import ContractiveAutoencoder
from skcae._fitted import adopt, curves
from skcae._outcome import epoch_line, warn_user
from skcae._stack import Stack, check_stack, fit_encoder, network_of, stack_of, with_layers
from skcae._training import all_or_nothing, train_estimator
from skcae._version import PAGE
from skcae.core.classification import ClassificationObjective, leading_tangents
from skcae.core.model import Layers, Point
from skcae.core.monitor import Epoch, Result, Schedule
from skcae.core.solvers import Adam
from skcae.core.state import TrainingState
from skcae.core.streams import Stream
from skcae.core.train import Training

HEAD_ITERATIONS = 1000
"""Maximum number of iterations of the solver of the head."""
PEAK_RATE = 0.001
"""The learning rate that "auto" is."""
SHARED = (
    "learning_rate",
    "learning_rate_init",
    "batch_size",
    "max_iter",
    "tol",
    "n_iter_no_change",
    "early_stopping",
    "validation_fraction",
    "weight_decay",
    "shuffle",
    "random_state",
    "device",
    "verbose",
)
"""Parameters that mean what they mean in the autoencoders."""
FINE_TUNED = ("n_samples_seen_", "learning_rate_")
"""Fitted attributes, besides curves, that only fine-tuning sets."""


class Labels(NamedTuple):
    """What is known of every row."""

    label: np.ndarray
    """Position of its class; 0 where there is none."""
    class_weight: np.ndarray
    """Weight of its class; 0 where there is none, and of rows without weight."""
    weight: np.ndarray
    """Sample weight."""

    def of(self, index: np.ndarray) -> "Labels":
        """Of some rows."""
        return Labels(*(array[index] for array in self))

    @property
    def labelled(self) -> np.ndarray:
        """Rows that have a label."""
        return self.class_weight.nonzero()[0]

    @property
    def total(self) -> np.ndarray:
        """The weight of every row in the log-loss."""
        return self.weight * self.class_weight

    def emphasis(self) -> np.ndarray:
        """The weight of its log-loss in a mean over all rows."""
        return self.class_weight * (self.weight.sum() / self.total.sum())


class FinetunedClassifier(
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Classifier on the codes of an autoencoder, fine-tuned, for few labels and many rows.

    The encoder learns from all rows, a logistic regression on its codes from those that
    have a label. Then, with ``fine_tune=True``, the layers of the encoder and the
    logistic regression learn together from the rows that have a label, by minimising

        mean of the log-loss ``+ tangent_strength * sum_u ||(do/dx) u||^2``
        ``+ ||coef_||^2 / (2 C n) + weight_decay * sum_l ||W_l||^2``.

    The third term is that of the logistic regression, for n labelled rows: with
    ``C=inf`` there is none. The second makes the probabilities o of the classes change
    little along the tangents u of the data, the leading right singular vectors of the
    encoder's Jacobian at each row. With it, this is the manifold tangent classifier
    [1]_.

    Parameters
    ----------
    encoder : estimator, default=None
        One of the autoencoders; or a Pipeline of scalers and autoencoders, a stack in
        which each autoencoder is trained on the codes of the one below. Other
        transformers may stand before the first autoencoder. A clone is fitted to all
        rows, with a label or without. In a FrozenEstimator it is not fitted again; what
        is fine-tuned is a copy. None is ``ContractiveAutoencoder()`` on the same
        device. Autoencoders without a ``random_state`` use that of the classifier.
    fine_tune : bool, default=True
        Whether the encoder learns from the labels too. False is
        ``LogisticRegression(C)`` on the codes.
    C : float, default=1.0
        Inverse of the regularisation strength of the logistic regression, above 0.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the log-loss, as in LogisticRegression.
    n_tangents : int, default=0
        Number of tangents for each row, at most the size of the smallest layer. They
        are computed once, after the encoder is trained, and take ``n_tangents`` times
        the memory of the rows.
    tangent_strength : float, default=0.0
        Factor of the tangent term, at least 0. It needs ``n_tangents`` of at least 1.
    tangent_rows : {"labelled", "all"}, default="labelled"
        The rows whose tangents enter: those with a label, or all. With ``"all"`` an
        epoch passes over all rows.
    learning_rate : {"cosine", "constant"}, default="cosine"
        How the learning rate of the fine-tuning moves, as in ContractiveAutoencoder.
    learning_rate_init : float or "auto", default="auto"
        Peak learning rate of the fine-tuning, above 0, for Adam. ``"auto"`` is 0.001.
    batch_size : int or "auto", default="auto"
        Rows per step; ``"auto"`` is a fortieth of the rows, but from 50 to 200, or all
        rows if they are fewer.
    max_iter : int, default=50
        Maximum number of epochs of the fine-tuning.
    tol : float, default=1e-4
        An epoch improves if it lowers the objective by more than this fraction of the
        lowest so far.
    n_iter_no_change : int or None, default=None
        Epochs without improvement after which a fit with ``learning_rate="constant"``
        ends. None trains for ``max_iter`` epochs and does not warn.
    early_stopping : bool, default=False
        Whether the parameters of the epoch that is best on held-out labelled rows are
        kept. The encoder still learns from all rows.
    validation_fraction : float, default=0.1
        Fraction of the labelled rows that early stopping holds out, in (0, 1). At least
        one row of every class is kept to train on.
    weight_decay : float, default=0.0
        Factor of the squared norm of the encoder's weight matrices, at least 0, in the
        fine-tuning.
    shuffle : bool, default=True
        Whether each epoch takes the rows in a new order.
    memory : str, object with the joblib.Memory interface or None, default=None
        Where fitted encoders are cached, as in Pipeline. A search over the parameters
        of the classifier then fits each encoder once per fold, if it has a
        ``random_state``.
    random_state : int, RandomState instance or None, default=None
        Seed of the order of the rows, of what early stopping holds out, and of
        autoencoders that have no seed.
    device : {"auto", "cpu", "cuda"} or None, default=None
        Where to fine-tune. None is the CPU; ``"auto"`` is CUDA where there is a device.
    verbose : int, default=0
        Whether to print a line per epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    encoder_ : estimator
        The fitted encoder, with the layers that it has after fine-tuning. Decoder
        biases, curves and untied decoders are those of its own training.
    coef_ : ndarray of shape (1, n_components) or (n_classes, n_components)
        Coefficients of the codes, in the decision function; one row for two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts of the decision function.
    loss_curve_ : list of float
        Objective of each epoch; this and all that follow but the last two with
        ``fine_tune=True`` only.
    log_loss_curve_ : list of float
        Log-loss of each epoch.
    tangent_curve_ : list of float
        Mean of ``sum_u ||(do/dx) u||^2`` of each epoch, not multiplied by
        tangent_strength; with tangents only.
    validation_scores_ : list of float
        Minus the objective on the held-out rows after each epoch; with
        ``early_stopping=True`` only.
    best_validation_score_ : float
        The highest of them; with ``early_stopping=True`` only.
    learning_rate_ : float
        Peak learning rate actually used.
    n_iter_ : int
        Number of epochs of the fine-tuning; with ``fine_tune=False`` of iterations of
        the logistic regression's solver.
    n_samples_seen_ : int
        Number of rows that they took, counting each epoch.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X had names that are all strings.

    See Also
    --------
    ContractiveAutoencoder : The encoder, alone.
    sklearn.semi_supervised.SelfTrainingClassifier : Learns from its own predictions.

    Notes
    -----
    Labels are numbers or strings. A row has no label where y is -1, as in
    :mod:`sklearn.semi_supervised`. In arrays of floats nan stands for no label too, in
    arrays of strings the empty string, and in lists and arrays of objects None, nan,
    ``pandas.NA`` and the empty string. Splitters that stratify take -1 among numbers
    and the empty string among strings for one more class, and refuse the other marks.

    Where -1 and 1 are the only labels, both are classes, since two are needed; a
    warning says so.

    KeyboardInterrupt ends the training that it meets, of an autoencoder or the
    fine-tuning, at its last whole epoch; what comes after is still done.

    References
    ----------
    .. [1] S. Rifai, Y. N. Dauphin, P. Vincent, Y. Bengio, X. Muller (2011). The
       manifold tangent classifier. NIPS. Section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skcae import ContractiveAutoencoder, FinetunedClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test = X[:1000] / 16, X[1000:] / 16
    >>> y_train = np.where(np.arange(1000) < 100, y[:1000], -1)
    >>> cae = ContractiveAutoencoder(max_iter=20, n_iter_no_change=None)
    >>> classifier = FinetunedClassifier(cae, random_state=0).fit(X_train, y_train)
    >>> bool(classifier.score(X_test, y[1000:]) > 0.8)
    True
    """

    _doc_link_module, _doc_link_template = "skcae", PAGE

    classes_: np.ndarray
    coef_: np.ndarray
    intercept_: np.ndarray

    _parameter_constraints: dict[str, Any] = {
        **{name: _validation.SHARED_CONSTRAINTS[name] for name in SHARED},
        **_validation.CLASSIFICATION_CONSTRAINTS,
        "encoder": "no_validation",  # stack_of says what it must be
        "memory": "no_validation",  # check_memory does
    }

    def __init__(
        self,
        encoder: Any = None,
        *,
        fine_tune: bool = True,
        C: float = 1.0,
        class_weight: dict[Any, float] | str | None = None,
        n_tangents: int = 0,
        tangent_strength: float = 0.0,
        tangent_rows: str = "labelled",
        learning_rate: str = "cosine",
        learning_rate_init: float | str = "auto",
        batch_size: int | str = "auto",
        max_iter: int = 50,
        tol: float = 1e-4,
        n_iter_no_change: int | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        weight_decay: float = 0.0,
        shuffle: bool = True,
        memory: Any = None,
        random_state: int | np.random.RandomState | None = None,
        device: str | None = None,
        verbose: int = 0,
    ) -> None:
        self.encoder = encoder
        self.fine_tune = fine_tune
        self.C = C
        self.class_weight = class_weight
        self.n_tangents = n_tangents
        self.tangent_strength = tangent_strength
        self.tangent_rows = tangent_rows
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.weight_decay = weight_decay
        self.shuffle = shuffle
        self.memory = memory
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    @all_or_nothing
    @_validation.checked_parameters
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the encoder to all rows and the classifier to those that have a label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Labels; -1 where there is none, or one of the marks under Notes.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, in the encoder's training too. Rows with
            zero weight are ignored.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        TypeError
            If encoder is or holds no autoencoder, or what stands behind its first
            autoencoder is neither an autoencoder nor a scaler.
        ValueError
            If a parameter, X, y or sample_weight is not valid, before any training
            starts, or if an objective diverges at every learning rate tried. The
            classifier is then what it was before the call.
        """
        distributed.check_alone("FinetunedClassifier.fit")
        n_epochs = int(self.max_iter) if self.fine_tune else 0
        followed = FitTask(self, "fit", n_epochs, X, y, sample_weight)
        device = _bridge.resolve_device(self.device)
        X = _bridge.to_array(X)
        labels = self._labels(_validation.check_rows(self, X, reset=True), y, sample_weight)
        encoder = self._encoder(self.n_features_in_)
        generator = _bridge.new_generator(self.random_state) if self.fine_tune else None
        train, held_out = self._split(labels, generator)
        fit = check_memory(self.memory).cache(fit_encoder)
        encoder = fit(encoder, X, None if sample_weight is None else labels.weight)
        head = self._head(np.asarray(encoder.transform(X)), labels, train)
        for name in FINE_TUNED:
            self.__dict__.pop(name, None)
        if generator is None:
            arrays = {"coef_": head.coef_, "intercept_": head.intercept_}
            n_iter = max(1, int(head.n_iter_.max()))  # 0 if there is nothing to learn
            adopt(self, {"encoder_": encoder, **arrays, "n_iter_": n_iter})
            followed.end()
            return self
        rows = train, held_out
        prepare = partial(self._training, encoder, X, labels, rows, head, generator, device)
        attributes = partial(self._attributes, encoder)
        fitted: Self = train_estimator(self, prepare, followed, attributes=attributes)
        return fitted

    def _labels(self, X: Any, y: Any, sample_weight: Any) -> Labels:
        """What is known of every row; sets ``classes_``."""
        weight = _validation.check_weights(sample_weight, X)
        given = _read(type(self).__name__, y)
        values = given.values
        check_consistent_length(X, values)
        missing = given.without_label(_are_classes(type(self).__name__, given))
        weight = np.ones(len(values), dtype=X.dtype) if weight is None else weight
        labelled = (~missing & (weight > 0)).nonzero()[0]
        if not len(labelled):
            raise ValueError(
                "sample_weight is zero for every row that has a label; rows of at least two classes "
                "need a weight above 0."
            )
        found = _as_one_type(values[labelled])
        check_classification_targets(found)
        encoded = LabelEncoder().fit(found)
        classes = encoded.classes_
        if len(classes) < 2:
            raise ValueError(
                f"y has one class, {classes.tolist()[0]!r}, besides rows without a label; at least "
                "two classes are needed. Label rows of another class."
            )
        label = np.zeros(len(values), dtype=np.int64)
        label[labelled] = encoded.transform(found)
        class_weight = np.zeros(len(values), dtype=X.dtype)
        class_weight[labelled] = self._class_weights(classes, label[labelled], weight[labelled])
        self.classes_ = classes
        return Labels(label, class_weight, weight)

    def _class_weights(
        self, classes: np.ndarray, label: np.ndarray, weight: np.ndarray
    ) -> np.ndarray:
        """The weight of the class of every labelled row."""
        if self.class_weight is None:
            return np.ones(len(label))
        if self.class_weight == "balanced":
            counts = np.bincount(label, weights=weight)
            return (counts.sum() / (len(counts) * counts))[label]
        weights = compute_class_weight(self.class_weight, classes=classes, y=classes)
        if not (np.isfinite(weights).all() and weights.min() > 0):
            raise ValueError(
                f"class_weight={self.class_weight!r} must hold finite numbers above 0; to leave a "
                "class out, mark its rows with -1."
            )
        return np.asarray(weights)[label]

    def _encoder(self, n_features: int) -> Any:
        """The encoder to fit, checked as far as it can be before anything is fitted."""
        if self.encoder is None:
            given: Any = ContractiveAutoencoder(device=self.device)
        else:
            stack_of(self.encoder)
            given = self.encoder
        encoder = clone(given)
        if self.random_state is not None:
            unseeded = {
                name: self.random_state
                for name, value in encoder.get_params().items()
                if name.split("__")[-1] == "random_state" and value is None
            }
            encoder.set_params(**unseeded)
        sizes = check_stack(stack_of(encoder), n_features)
        if self.fine_tune:
            self._check_tangents(sizes)
        return encoder

    def _check_tangents(self, sizes: list[int]) -> None:
        smallest = min(sizes)
        if self.n_tangents > smallest:
            raise ValueError(
                f"n_tangents={self.n_tangents!r} must be at most the size of the smallest layer, "
                f"{smallest}; use n_tangents={smallest}, or larger layers."
            )
        if self.tangent_strength > 0 and self.n_tangents == 0:
            raise ValueError(
                f"tangent_strength={self.tangent_strength!r} needs tangents, but n_tangents=0; "
                "set n_tangents, for instance to 10, or tangent_strength=0."
            )

    def _split(
        self, labels: Labels, generator: torch.Generator | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The labelled rows to train on, and those that early stopping holds out.

        Of every class the row that is drawn first is kept to train on.
        """
        labelled = labels.labelled
        if generator is None or not self.early_stopping:
            return labelled, labelled[:0]
        n_held_out = _validation.held_out_rows(self, len(labelled))
        order = labelled[_bridge.to_numpy(torch.randperm(len(labelled), generator=generator))]
        _, first = np.unique(labels.label[order], return_index=True)
        free = np.delete(order, first)
        if n_held_out > len(free):
            raise ValueError(
                f"validation_fraction={self.validation_fraction!r} holds out {n_held_out} of "
                f"{len(labelled)} labelled rows, but all of {len(first)} classes need one to train "
                "on. Lower validation_fraction, or set early_stopping=False."
            )
        held_out = free[:n_held_out]
        return np.setdiff1d(labelled, held_out), np.sort(held_out)

    def _head(self, codes: np.ndarray, labels: Labels, train: np.ndarray) -> LogisticRegression:
        """The logistic regression on the codes of the rows to train on."""
        total = labels.of(train).total
        head = LogisticRegression(C=float(self.C), max_iter=HEAD_ITERATIONS)
        return head.fit(codes[train], labels.label[train], sample_weight=total)

    def _training(
        self,
        encoder: Any,
        X: Any,
        labels: Labels,
        rows: tuple[np.ndarray, np.ndarray],
        head: LogisticRegression,
        generator: torch.Generator,
        device: torch.device,
    ) -> Training:
        """Everything that fine-tuning needs."""
        train, held_out = rows
        stack = stack_of(encoder)
        network, flat = network_of(stack, head.coef_, head.intercept_, device)
        self._check_tangents(list(network.sizes[:-1]))
        objective = ClassificationObjective(
            network,
            has_tangents=self.n_tangents > 0,
            tangent_strength=float(self.tangent_strength),
            weight_decay=float(self.weight_decay),
            head_decay=float(1 / (2 * self.C * labels.of(train).total.sum())),
        )
        if self.tangent_rows == "all" and self.n_tangents:
            train = np.setdiff1d(labels.weight.nonzero()[0], held_out)
        gather = partial(self._rows, stack, X, labels, network.layers(flat))
        stream = Stream(gather(train), generator)
        schedule = self._schedule(stream.n_rows)
        state = TrainingState.start(flat, schedule.solver)
        validation = Stream(gather(held_out), generator) if len(held_out) else None
        return Training(state, cast(Any, objective), schedule, stream, validation)

    def _rows(
        self, stack: Stack, X: Any, labels: Labels, layers: Layers, index: np.ndarray
    ) -> _bridge.Rows:
        """Some rows as they reach the first autoencoder, with what goes with each."""
        first, device = stack.autoencoders[0], layers.encoder_weights[0].device
        X = _validation.check_rows(first, _bridge.to_array(stack.reach(X)), reset=False)[index]
        labels = labels.of(index)
        dtype = X.dtype
        extra = {"label": labels.label, "emphasis": labels.emphasis().astype(dtype)}
        if self.n_tangents:
            extra["tangents"] = _tangents(layers, X, int(self.n_tangents))
        resident = _bridge.resident(X, device)
        return _bridge.Rows(resident, device, labels.weight.astype(dtype), extra=extra)

    def _schedule(self, n_rows: int) -> Schedule:
        automatic = self.learning_rate_init == "auto"
        return Schedule(
            solver=Adam(),
            learning_rate=PEAK_RATE if automatic else float(self.learning_rate_init),
            rate=self.learning_rate,
            batch_size=_defaults.batch_size(self, n_rows),
            max_iter=int(self.max_iter),
            tol=float(self.tol),
            n_iter_no_change=self.n_iter_no_change,
            shuffle=bool(self.shuffle),
        )

    def _attributes(
        self, encoder: Any, training: Training, result: Result, before: Any
    ) -> dict[str, Any]:
        """What the classifier is once it has been fine-tuned so."""
        network = cast(ClassificationObjective, training.objective).architecture
        weights, biases = network.split(result.state.flat)
        attributes = {
            "encoder_": with_layers(encoder, weights[:-1], biases[:-1]),
            "coef_": _bridge.to_numpy(weights[-1]),
            "intercept_": _bridge.to_numpy(biases[-1]),
            **curves(training, result, before),
            "learning_rate_": training.schedule.learning_rate * result.cut,
        }
        if training.held_out is not None:
            attributes["best_validation_score_"] = -result.history[result.best].monitored
        return attributes

    def _report(self, epoch: Epoch) -> None:
        if self.verbose:
            print(epoch_line(epoch))

    def transform(self, X: Any) -> np.ndarray:
        """Encode X, by the encoder as it is after fine-tuning.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to encode.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_components)
            The code of each row, in the dtype of the fit.
        """
        check_is_fitted(self)
        X = _bridge.to_array(X)
        validate_data(self, X, reset=False, accept_sparse="csr", dtype=_validation.FLOATS)
        return np.asarray(self.encoder_.transform(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Scores of the classes, of which the softmax are the probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes the log-odds of ``classes_[1]``, else a number for each
            class.
        """
        scores = np.asarray(self.transform(X)) @ self.coef_.T + self.intercept_
        return scores.ravel() if scores.shape[1] == 1 else scores

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Log-probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        scores = self.decision_function(X)
        if scores.ndim == 1:
            scores = np.stack([np.zeros_like(scores), scores], axis=1)
        scores = scores - scores.max(axis=1, keepdims=True)
        return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; each row sums to 1.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """Predict the class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            One of ``classes_`` for each row.
        """
        scores = self.decision_function(X)
        place = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[place]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy on the rows that have a label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.
        y : array-like of shape (n_samples,)
            Labels; rows without one are ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Fraction of the labelled rows that are classified correctly.

        Raises
        ------
        ValueError
            If no row has a label.
        """
        predicted = self.predict(X)
        given = _read(type(self).__name__, y)
        check_consistent_length(predicted, given.values)
        known = ~given.without_label(any(map(_is_minus_one, self.classes_.tolist())))
        weight = _validation.check_weights(sample_weight, np.empty(len(predicted)))
        correct = predicted[known] == _as_one_type(given.values[known])
        return float(np.average(correct, weights=None if weight is None else weight[known]))

    def __getstate__(self) -> dict[str, Any]:
        return _state.stamped(super().__getstate__(), fitted="coef_")

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(_state.checked(self, state))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        encoder = ContractiveAutoencoder() if self.encoder is None else self.encoder
        if hasattr(encoder, "__sklearn_tags__") and not isinstance(encoder, type):
            tags.input_tags = get_tags(encoder).input_tags
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return int(self.coef_.shape[1])


def _tangents(layers: Layers, X: Any, k: int) -> np.ndarray:
    """The tangents of every row, (n_rows, k, n_features), computed in float64."""
    weights, biases, _, _, activations = layers
    doubled = [[tensor.double() for tensor in part] for part in (weights, biases)]
    exact = Layers(doubled[0], doubled[1], [], [], activations)

    def flat(x: Tensor) -> Tensor:
        return leading_tangents(Point(exact, x.double()), k).flatten(1)

    n_features = X.shape[1]
    widest = n_features * max(weight.shape[0] for weight in weights)
    device = weights[0].device
    result = _bridge.map_rows(flat, X, k * n_features, widest, X.dtype, device)
    return np.asarray(result.reshape(X.shape[0], k, n_features))


def _is_missing(value: Any) -> bool:
    """Whether an object stands for no label: None, nan, pandas's NA or an empty string."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return bool(value != value) or (isinstance(value, str) and value == "")


def _is_minus_one(value: Any) -> bool:
    return _validation.is_number(value) and value == -1


MISSING: dict[str, Callable[[np.ndarray], Any]] = {
    "f": np.isnan,
    "U": lambda y: y == "",
    "O": lambda y: np.array([_is_missing(value) for value in y], dtype=bool),
}
"""Which entries of an array are no label, whatever the others are, by its kind."""


class Given(NamedTuple):
    """A y as it is given."""

    values: np.ndarray
    missing: np.ndarray
    """Whether an entry is None, nan or an empty string."""
    minus_one: np.ndarray
    """Whether an entry is -1."""

    def without_label(self, minus_one_is_class: bool) -> np.ndarray:
        """Which rows have no label; not all may."""
        absent = self.missing if minus_one_is_class else self.missing | self.minus_one
        if absent.all():
            raise ValueError(
                "y has no label: every entry is -1, or None, nan or ''. Label rows of at least "
                "two classes."
            )
        return absent


def _read(name: str, y: Any) -> Given:
    """The y that is given to the estimator of this name."""
    if y is None:
        raise ValueError(
            f"This {name} estimator requires y to be passed, but the target y is None."
        )
    y = _bridge.to_array(y)
    array = np.asarray(y) if hasattr(y, "dtype") else np.array(y, dtype=object)
    values = column_or_1d(array, warn=True)
    missing = np.zeros(len(values), dtype=bool)
    if values.dtype.kind in MISSING:
        missing |= MISSING[values.dtype.kind](values)
    minus_one = np.array([_is_minus_one(value) for value in values.tolist()], dtype=bool)
    return Given(values, missing, minus_one)


def _are_classes(name: str, given: Given) -> bool:
    """Whether -1 is a class, since 1 is the only other label."""
    if {*given.values[~given.missing].tolist()} != {-1, 1}:
        return False
    warn_user(
        f"{name}: y has the labels -1 and 1 alone, so -1 is taken as a class and not as the mark "
        "of rows without a label. Use the labels 0 and 1 to be rid of this warning."
    )
    return True


def _as_one_type(labels: np.ndarray) -> np.ndarray:
    """Labels that are objects, but no strings, as an array of their own type."""
    if labels.dtype != object or any(isinstance(value, str) for value in labels):
        return labels
    return np.array(labels.tolist())
