"""FinetunedClassifier: a classifier that starts from the codes of an autoencoder."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, check_memory, validate_data

from skcae import _bridge, _state, _validation, distributed
from skcae._callbacks import CallbackSupportMixin, FitTask
from skcae._contractive import ContractiveAutoencoder
from skcae._finetuning import check_tangents, fine_tuned, start_of, training_of
from skcae._fitted import adopt
from skcae._labels import known_labels, labels_of, split_labelled
from skcae._outcome import epoch_line
from skcae._stack import (
    check_stack,
    fit_encoder,
    only_scalers,
    seeded,
    stack_of,
    width_before,
)
from skcae._training import all_or_nothing, train_estimator
from skcae._version import PAGE
from skcae.core.monitor import Epoch
from skcae.core.solvers import RateName

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
"""Parameters with the same meaning as in the autoencoders."""
FINE_TUNED = ("n_samples_seen_", "learning_rate_")
"""Fitted attributes other than curves that only fine-tuning sets."""


class FinetunedClassifier(
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Classifier on the codes of an autoencoder, for few labels and many rows.

    The encoder learns from all rows, and a logistic regression on its codes learns from
    the rows that have a label. If ``fine_tune=True``, the layers of the encoder and the
    logistic regression are then trained together on the labelled rows, by minimising

        mean of the log-loss ``+ tangent_strength * sum_u ||(do/dx) u||^2``
        ``+ ||coef_||^2 / (2 C n) + weight_decay * sum_l ||W_l||^2``.

    The second term makes the probabilities o of the classes change little along the
    tangents u of the data, which are the leading right singular vectors of the
    encoder's Jacobian at each row. With it, this is the manifold tangent classifier
    [1]_. The third term is that of the logistic regression, for n labelled rows. It
    vanishes with ``C=inf``.

    Parameters
    ----------
    encoder : estimator, default=None
        An autoencoder of this package, or a Pipeline of scalers and autoencoders. In
        such a stack, each autoencoder is trained on the codes of the one below. Other
        transformers may precede the first autoencoder; X is numeric, so that a
        ColumnTransformer for columns of text stands in front of the classifier, in a
        Pipeline with it. A clone is fitted to all rows, with a label or without. An
        encoder in a FrozenEstimator is not fitted again, and a copy of it is
        fine-tuned. None is ``ContractiveAutoencoder()`` on the same device.
        Autoencoders without a ``random_state`` use that of the classifier.
    fine_tune : bool, default=True
        Whether to train the encoder on the labels too. If False, the classifier is
        ``LogisticRegression(C)`` on the codes.
    C : float, default=1.0
        Inverse of the regularisation strength of the logistic regression, above 0.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the log-loss, as in LogisticRegression.
    n_tangents : int, default=0
        Number of tangents of each row, at most the size of the smallest layer. They are
        computed once, after the encoder is trained, and take ``n_tangents`` times the
        memory of the rows. If it is above 0, transformers other than scalers that
        precede the first autoencoder are fitted twice: their number of output features
        is checked before any training.
    tangent_strength : float, default=0.0
        Factor of the tangent term, at least 0. A factor above 0 needs ``n_tangents`` of
        at least 1.
    tangent_draws : int or None, default=1
        Number of random combinations of the tangents of a row that a step takes, at
        least 1. A combination takes one product with each layer, and estimates the
        tangent term without bias in value and gradient. A row of weight 2 then equals
        two rows on average only. None takes the exact term, with a product for each
        tangent, or for each class if there are fewer. The term of held-out rows is
        always exact.
    tangent_rows : {"labelled", "all"}, default="labelled"
        Rows whose tangents are used: those with a label, or all. With ``"all"`` and
        tangents, each epoch passes over all rows.
    dropout : float, default=0.0
        Fraction of the values of a row that each step of the fine-tuning sets to 0, in
        [0, 1). The others are divided by ``1 - dropout``. Both terms of a step are
        those of the changed rows. Held-out rows are not changed.
    learning_rate : {"cosine", "constant"}, default="cosine"
        Learning rate schedule of the fine-tuning, as in ContractiveAutoencoder.
    learning_rate_init : float or "auto", default="auto"
        Peak learning rate of the fine-tuning by Adam, above 0. ``"auto"`` is 0.001.
    batch_size : int or "auto", default="auto"
        Number of rows per step, at least 1. ``"auto"`` is a fortieth of the rows, but
        at least 50 and at most 200. If there are fewer rows than that, a step takes all
        of them.
    max_iter : int, default=50
        Maximum number of epochs of the fine-tuning.
    tol : float, default=1e-4
        Smallest relative improvement that counts. An epoch improves if it lowers the
        objective by more than this fraction of the lowest so far.
    n_iter_no_change : int or None, default=None
        Number of epochs without improvement after which a fine-tuning with
        ``learning_rate="constant"`` ends. If None, the fine-tuning lasts ``max_iter``
        epochs and does not warn.
    early_stopping : bool, default=False
        Whether to keep the parameters of the epoch that is best on held-out labelled
        rows. The encoder still learns from all rows.
    validation_fraction : float, default=0.1
        Fraction of the labelled rows held out for early stopping, in (0, 1). At least
        one row of each class is kept to train on. Only used when
        ``early_stopping=True``.
    weight_decay : float, default=0.0
        Factor of the squared norm of the encoder's weight matrices in the objective of
        the fine-tuning, at least 0.
    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch.
    memory : str, object with the joblib.Memory interface or None, default=None
        Cache of fitted encoders, as in Pipeline, and of their tangents. A search over
        parameters of the classifier then fits each encoder once per fold, and computes
        its tangents once, provided that the encoder has a ``random_state``.
    random_state : int, RandomState instance or None, default=None
        Determines the order of the rows, the rows held out for early stopping, and the
        random numbers of autoencoders without a seed. Pass an int for reproducible
        results.
    device : str, torch.device or None, default=None
        Device of the fine-tuning. None is the CPU. ``"auto"`` is CUDA if available and
        the CPU otherwise. Other values are devices of torch or their names, as in
        ContractiveAutoencoder.
    verbose : int, default=0
        Verbosity level. If above 0, one line is printed per epoch of the fine-tuning.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, sorted.
    encoder_ : estimator
        The fitted encoder, with its layers as they are after fine-tuning. Decoder
        biases, curves and untied decoders are those of its own training.
    coef_ : ndarray of shape (1, n_components) or (n_classes, n_components)
        Coefficients of the codes in the decision function. There is one row for two
        classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts of the decision function.
    loss_curve_ : list of float
        Objective of each epoch. Only available if ``fine_tune=True``.
    log_loss_curve_ : list of float
        Log-loss of each epoch. Only available if ``fine_tune=True``.
    tangent_curve_ : list of float
        Mean of ``sum_u ||(do/dx) u||^2`` of each epoch, not multiplied by
        ``tangent_strength``. Only available if ``fine_tune=True`` and ``n_tangents`` is
        at least 1.
    validation_scores_ : list of float
        Minus the objective on the held-out rows at the end of each epoch. Only
        available if ``fine_tune=True`` and ``early_stopping=True``.
    best_validation_score_ : float
        Highest validation score, which is that of the parameters kept. Only available
        if ``fine_tune=True`` and ``early_stopping=True``.
    learning_rate_ : float
        Peak learning rate actually used. Only available if ``fine_tune=True``.
    n_iter_ : int
        Number of epochs of the fine-tuning. If ``fine_tune=False``, number of
        iterations of the logistic regression.
    n_samples_seen_ : int
        Number of rows that the fine-tuning trained on, each counted once per epoch.
        Only available if ``fine_tune=True``.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen during fit. Defined only when X has feature names that
        are all strings.

    See Also
    --------
    ContractiveAutoencoder : The default encoder.
    sklearn.semi_supervised.SelfTrainingClassifier : Learns from its own predictions.

    Notes
    -----
    Labels are numbers or strings. In y, -1 marks a row without a label, as in
    :mod:`sklearn.semi_supervised`. The other marks depend on the type of y: nan in
    arrays of floats; the empty string in arrays of strings; None, nan, ``pandas.NA``
    and the empty string in lists and in arrays of objects. Stratified splitters take -1
    among numbers, and the empty string among strings, for one more class, and refuse
    the other marks.

    If -1 and 1 are the only labels, both are classes, since a classifier needs two. A
    warning says so.

    KeyboardInterrupt ends the training that is running, of an autoencoder or the
    fine-tuning, at its last whole epoch. The fit then continues with what follows.

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
    encoder_: Any
    coef_: np.ndarray
    intercept_: np.ndarray
    loss_curve_: list[float]
    log_loss_curve_: list[float]
    tangent_curve_: list[float]
    validation_scores_: list[float]
    best_validation_score_: float
    learning_rate_: float
    n_iter_: int
    n_samples_seen_: int
    n_features_in_: int
    feature_names_in_: np.ndarray
    fit_transform: Callable[..., np.ndarray]
    get_feature_names_out: Callable[..., np.ndarray]
    get_params: Callable[..., dict[str, Any]]
    set_params: Callable[..., Self]
    set_output: Callable[..., Self]

    _parameter_constraints: dict[str, Any] = {
        **{name: _validation.SHARED_CONSTRAINTS[name] for name in SHARED},
        **_validation.CLASSIFICATION_CONSTRAINTS,
        "encoder": "no_validation",  # checked by stack_of
        "memory": "no_validation",  # checked by check_memory
    }

    def __init__(
        self,
        encoder: Any = None,
        *,
        fine_tune: bool = True,
        C: float = 1.0,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        n_tangents: int = 0,
        tangent_strength: float = 0.0,
        tangent_draws: int | None = 1,
        tangent_rows: Literal["labelled", "all"] = "labelled",
        dropout: float = 0.0,
        learning_rate: RateName = "cosine",
        learning_rate_init: float | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = "auto",
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
        self.tangent_draws = tangent_draws
        self.tangent_rows = tangent_rows
        self.dropout = dropout
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
            Class labels. There must be at least two classes, with at least two labelled
            rows each. A row of weight 2 counts as two rows. -1 and the marks listed
            under Notes denote rows without a label.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, also in the training of the encoder. Rows
            with zero weight are ignored.

        Returns
        -------
        self : object
            Fitted classifier.

        Raises
        ------
        TypeError
            If encoder holds no autoencoder, or has a step behind its first autoencoder
            that is neither an autoencoder nor a scaler.
        ValueError
            If a parameter, X, y or sample_weight is not valid, before any training
            starts, or if an objective diverges at every learning rate tried. The
            classifier is then left unchanged.
        """
        distributed.check_alone("FinetunedClassifier.fit")
        n_epochs = int(self.max_iter) if self.fine_tune else 0
        followed = FitTask(self, "fit", n_epochs, X, y, sample_weight)
        device = _bridge.resolve_device(self.device)
        X = _bridge.to_array(X)
        checked = _validation.check_rows(self, X, reset=True)
        self.classes_, labels = labels_of(self, checked, y, sample_weight)
        weight = _bridge.to_array(sample_weight)
        fit = check_memory(self.memory).cache(fit_encoder)
        encoder = self._encoder(X, weight, int((labels.weight > 0).sum()), fit)
        generator = _bridge.new_generator(self.random_state) if self.fine_tune else None
        rows = split_labelled(self, labels, generator)
        encoder = fit(encoder, X, weight)
        start = start_of(self, encoder, X, labels, rows)
        for name in FINE_TUNED:
            self.__dict__.pop(name, None)
        if generator is None:
            adopt(self, start.attributes())
            followed.end()
            return self
        prepare = partial(training_of, self, start, generator, device)
        attributes = partial(fine_tuned, encoder)
        fitted: Self = train_estimator(self, prepare, followed, attributes=attributes)
        return fitted

    def _encoder(self, X: Any, weight: Any, n_rows: int, fit: Callable[..., Any]) -> Any:
        """The encoder to fit, checked as far as possible before any training."""
        given = self.encoder
        if given is None:
            given = ContractiveAutoencoder(device=self.device)
        stack_of(given)
        encoder = seeded(given, self.random_state)
        stack = stack_of(encoder)
        sizes = check_stack(stack, n_rows, self.n_features_in_)
        if self.fine_tune:
            check_tangents(self, sizes)
            if self.n_tangents and not only_scalers(stack):
                check_tangents(self, [width_before(stack, X, weight, fit)])
        return encoder

    def _report(self, epoch: Epoch) -> None:
        if self.verbose:
            print(epoch_line(epoch))

    def transform(self, X: Any) -> np.ndarray:
        """Encode X with the fine-tuned encoder.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to encode.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_components)
            Code of each row, in the dtype of the fit.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        ValueError
            If X is not valid input.
        """
        check_is_fitted(self)
        X = _bridge.to_array(X)
        validate_data(self, X, reset=False, accept_sparse="csr", dtype=_validation.FLOATS)
        return np.asarray(self.encoder_.transform(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Compute the score of each class, whose softmax is its probability.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Scores in the order of ``classes_``. For two classes, the log-odds of
            ``classes_[1]``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        ValueError
            If X is not valid input.
        """
        scores = np.asarray(self.transform(X)) @ self.coef_.T + self.intercept_
        return scores.ravel() if scores.shape[1] == 1 else scores

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict log-probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            Log-probabilities in the order of ``classes_``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        ValueError
            If X is not valid input.
        """
        scores = self.decision_function(X)
        if scores.ndim == 1:
            scores = np.stack([np.zeros_like(scores), scores], axis=1)
        scores = scores - scores.max(axis=1, keepdims=True)
        return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of ``classes_``. Each row sums to 1.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        ValueError
            If X is not valid input.
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
            Class of each row, one of ``classes_``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        ValueError
            If X is not valid input.
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
            Labels. Rows without one are ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows.

        Returns
        -------
        score : float
            Accuracy: the fraction of the labelled rows that are classified correctly.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the classifier is not fitted.
        ValueError
            If no row has a label, or X or sample_weight is not valid.
        """
        predicted = self.predict(X)
        known, labels = known_labels(self, y, predicted)
        weight = _validation.check_weights(sample_weight, np.empty(len(predicted)))
        correct = predicted[known] == labels
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
