"""The scikit-learn flow that both autoencoders share: fit, partial_fit, transform, inverse_transform and scoring."""

import warnings
from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from functools import partial, wraps
from math import ceil
from typing import Any, Self, cast

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from skcae import _bridge, _state, _validation, distributed
from skcae._callbacks import CallbackSupportMixin, CopiesMixin, FitTask
from skcae._finished import FinishedTrainingsMixin
from skcae._version import PAGE
from skcae.core.activations import ACTIVATIONS, Activation
from skcae.core.corruptions import Corruption
from skcae.core.losses import LOSSES
from skcae.core.model import Architecture, Layers, decode, encode
from skcae.core.objective import Objective
from skcae.core.solvers import State
from skcae.core.streams import Stream
from skcae.core.train import Epoch, Result, Schedule, Task, train

SPREAD_ROWS, COLLAPSE = 64, 1e-4
"""Codes of so many rows at the most are compared after a fit; they have collapsed if they differ by no more than a fraction."""


def all_or_nothing(method: _validation.Method) -> _validation.Method:
    """Decorator, outside of all others, of a method that takes back what it has changed of its estimator if it fails."""

    @wraps(method)
    def undone_on_error(estimator: Any, *args: Any, **params: Any) -> Any:
        before = dict(vars(estimator))
        try:
            return method(estimator, *args, **params)
        except BaseException:
            estimator.__dict__ = before
            raise

    return cast(_validation.Method, undone_on_error)


class BaseAutoencoder(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    CopiesMixin,
    FinishedTrainingsMixin,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """Everything but the signature and the term that makes the code robust."""

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    n_samples_seen_: int

    _parameter_constraints: dict[str, list[Any]] = _validation.SHARED_CONSTRAINTS
    _doc_link_module, _doc_link_template = "skcae", PAGE

    @abstractmethod
    def _objective(self, architecture: Architecture) -> Objective:
        """What this estimator minimises."""

    def _corruption(self) -> Corruption | None:
        """What happens to rows before they are encoded in training; nothing, unless an estimator says otherwise."""
        return None

    @all_or_nothing
    @_validation.checked_parameters
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train the autoencoder on X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows. float32 is trained in float32, everything else in float64.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in every mean. A weight of zero is the row
            left out.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter, X or sample_weight is not valid, before any training starts,
            or if the objective diverges at every learning rate tried. The estimator is
            then what it was before the call.
        """
        followed = FitTask(self, "fit", int(self.max_iter), X, y, sample_weight)
        resume = self.warm_start and hasattr(self, "coefs_")
        if not resume and self._take_finished(X, sample_weight):
            followed.end()
            return self
        return self._train(X, sample_weight, followed, resume=resume)

    @all_or_nothing
    @_validation.checked_parameters
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Make one pass over X, continuing from where the last fit or partial_fit ended.

        The solver's state is carried on, the rows are taken in the order given and the
        learning rate is constant: successive calls equal one ``fit`` with
        ``learning_rate="constant"`` and ``shuffle=False`` that is given the same
        batches.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of this pass; more than ``batch_size`` of them are taken in several
            steps.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            As in fit, and if ``early_stopping=True``: one pass has nothing to stop.
        """
        if self.early_stopping:
            raise ValueError(
                "early_stopping=True needs several epochs; set early_stopping=False to use partial_fit."
            )
        self._validate_params()  # _fit_context checks the first call only
        followed = FitTask(self, "partial_fit", 1, X, y, sample_weight)
        return self._train(
            X, sample_weight, followed, resume=hasattr(self, "coefs_"), one_pass=True
        )

    def _train(
        self, X: Any, sample_weight: Any, followed: FitTask, resume: bool, one_pass: bool = False
    ) -> Self:
        prepare = partial(self._task, X, sample_weight, resume, one_pass)
        task, team = distributed.joined(self, prepare)

        def on_epoch(model: int, epoch: Epoch, so_far: Callable[[], Result]) -> bool:
            if team.rank == 0:
                self._report(epoch)
            result = so_far()
            return followed.on_epoch(epoch, result, partial(self._fitted, task, result, resume))

        followed.begin_epoch()
        held_out = None if task.held_out is None else [task.held_out]
        (result,) = train(
            task.state,
            task.objective,
            [task.schedule],
            [task.stream],
            [0],
            on_epoch,
            held_out,
            team,
        )
        self._finish(task, result, resume)
        followed.end()
        return self

    def _task(
        self,
        X: Any,
        sample_weight: Any,
        resume: bool = False,
        one_pass: bool = False,
        generator: torch.Generator | None = None,
    ) -> Task:
        """Everything that training needs, checked."""
        X = _validation.check_rows(self, X, reset=not resume)
        weight = _validation.check_weights(sample_weight, X)
        _validation.check_domain(X, self.loss)
        device = _bridge.resolve_device(self.device, X)
        rows = _bridge.Rows(
            _bridge.resident(X, device),
            weight,
            device,
            None if weight is None else weight.nonzero()[0],
        )
        architecture = Architecture(
            _validation.layer_sizes(self, X.shape[1]), self.activation, bool(self.tied_weights)
        )
        objective, corruption = self._objective(architecture), self._corruption()
        schedule = _validation.schedule(self, objective, rows.n_rows, one_pass)
        _validation.check_memory(architecture, schedule.solver, _bridge.dtype_name(X))
        if resume:
            generator, state = (
                _bridge.resume_generator(self._generator_state),
                self._resumed(architecture, schedule, device),
            )
        else:
            generator = generator or _bridge.new_generator(self.random_state)
            flat = architecture.initialise(generator, getattr(torch, _bridge.dtype_name(X)))
            state = State.start(flat.to(device), schedule.solver)
        held_out = None
        if self.early_stopping:
            held_out_rows, rows = rows.split(
                _validation.held_out_rows(self, rows.n_rows), generator
            )
            held_out = Stream(held_out_rows, generator, corruption)
        return Task(state, objective, schedule, Stream(rows, generator, corruption), held_out)

    def _finish(self, task: Task, result: Result, resume: bool = False) -> None:
        """Become the fitted estimator that the result describes."""
        _warn(task, result)
        fitted = self._fitted(task, result, resume)
        for name in ("validation_scores_", "best_validation_score_"):
            self.__dict__.pop(name, None)
        self.__dict__.update(fitted)

    def _fitted(self, task: Task, result: Result, resume: bool) -> dict[str, Any]:
        """The fitted attributes that the result describes."""
        return {
            **_parameters(result, task.objective.architecture),
            **self._history(result, task.objective, task.stream.n_rows, resume),
            "learning_rate_": task.schedule.learning_rate * result.cut,
        }

    def _resumed(
        self, architecture: Architecture, schedule: Schedule, device: torch.device
    ) -> State:
        """The state that the last fit left, if the parameters still describe the same autoencoder and solver."""
        arrays = self._stored_arrays()
        if [array.shape for array in arrays] != architecture.shapes or len(
            self._solver_slots
        ) != schedule.solver.n_slots:
            raise ValueError(
                f"n_components={self.n_components!r}, hidden_layer_sizes={self.hidden_layer_sizes!r}, "
                f"tied_weights={self.tied_weights!r} and solver={self.solver!r} must be those of the fit that is continued. "
                "To start afresh, use warm_start=False, or sklearn.base.clone before partial_fit."
            )
        flat = torch.cat([_bridge.to_tensor(array, device).flatten() for array in arrays])
        return State(
            flat,
            [_bridge.to_tensor(slot, device).clone() for slot in self._solver_slots],
            self._solver_steps,
        )

    def _stored_arrays(self) -> list[np.ndarray]:
        """The fitted arrays in the order and orientation of the core's flat buffer."""
        arrays: list[np.ndarray] = []
        for level, (coef, intercept) in enumerate(zip(self.coefs_, self.intercepts_, strict=True)):
            tied = self._tied and level >= self._depth
            arrays += [intercept] if tied else [coef.T, intercept]
        return arrays

    def _history(
        self, result: Result, objective: Objective, n_rows: int, resume: bool
    ) -> dict[str, Any]:
        curves = {
            "loss_curve_": [epoch.total for epoch in result.history],
            "reconstruction_curve_": [epoch.reconstruction for epoch in result.history],
        }
        if objective.penalty is not None:
            curves["contraction_curve_"] = [epoch.penalty for epoch in result.history]
        best = {}
        if self.early_stopping:
            curves["validation_scores_"] = [-epoch.monitored for epoch in result.history]
            best["best_validation_score_"] = max(curves["validation_scores_"])
        if resume:
            curves = {name: getattr(self, name, []) + curve for name, curve in curves.items()}
        return {
            **curves,
            **best,
            "n_iter_": len(curves["loss_curve_"]),
            "n_samples_seen_": n_rows * len(result.history)
            + (self.n_samples_seen_ if resume else 0),
            "reconstruction_err_": result.history[
                result.best if self.early_stopping else -1
            ].reconstruction,
        }

    def _report(self, epoch: Epoch, whose: str = "") -> None:
        if self.verbose:
            parts = (
                f"reconstruction = {epoch.reconstruction:.8f}, contraction = {epoch.penalty:.8f}"
            )
            held_out = "" if epoch.validation is None else f", held out = {epoch.validation:.8f}"
            print(f"{whose}Iteration {epoch.number}, loss = {epoch.total:.8f} ({parts}){held_out}")

    def transform(self, X: Any) -> np.ndarray:
        """Encode X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to encode; torch tensors too, here and in all methods.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_components)
            The code of each row, in the dtype of the fit. With
            ``sklearn.set_config(array_api_dispatch=True)`` what this and other methods
            return for a tensor is a tensor on its device.
        """
        check_is_fitted(self)
        X = _validation.check_rows(self, X, reset=False)
        return self._map(X, self._n_features_out, encode)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Decode codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes, as transform returns them.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_features)
            The reconstruction of each row, in the dtype of the fit.
        """
        check_is_fitted(self)
        link = LOSSES[self.loss].link
        codes = _validation.check_codes(self, X)
        return self._map(
            codes,
            self.n_features_in_,
            lambda layers, activation, h: link(decode(layers, activation, h)),
        )

    def score_samples(self, X: Any) -> np.ndarray:
        """Score each row: minus its reconstruction loss.

        Rows that the autoencoder reconstructs badly, because they are unlike what it
        was trained on, score low.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            ``-L(x, r)``, summed over features, in the dtype of the fit.
        """
        check_is_fitted(self)
        X = _validation.check_rows(self, X, reset=False)
        value = LOSSES[self.loss].value

        def scores(layers: Layers, activation: Activation, x: Tensor) -> Tensor:
            return -value(decode(layers, activation, encode(layers, activation, x)), x).unsqueeze(
                -1
            )

        return self._map(X, 1, scores)[:, 0]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the mean of score_samples: minus the mean reconstruction loss.

        It does not contain the contraction and is best without any, so it cannot choose
        ``alpha``; :func:`skcae.metrics.denoising_score` can, and so can what the codes
        are for, such as the accuracy of a classifier behind them.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to score.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows in the mean.

        Returns
        -------
        score : float
            Higher is better.
        """
        scores = _bridge.to_array(self.score_samples(X))
        return float(np.average(scores, weights=_validation.check_weights(sample_weight, scores)))

    def _map(
        self, X: Any, width: int, function: Callable[[Layers, Activation, Tensor], Tensor]
    ) -> np.ndarray:
        """``function(layers, activation, rows)`` over all rows, (n_samples, width), in chunks of bounded size."""
        device = _bridge.resolve_device(self.device, X)
        weights = [_bridge.to_tensor(coef.T, device) for coef in self.coefs_]
        biases = [_bridge.to_tensor(intercept, device) for intercept in self.intercepts_]
        layers = Layers(
            weights[: self._depth],
            biases[: self._depth],
            weights[self._depth :],
            biases[self._depth :],
        )
        apply = partial(function, layers, ACTIVATIONS[self.activation])
        widest = max(len(intercept) for intercept in self.intercepts_)
        return _validation.check_result(
            _bridge.map_rows(apply, X, width, widest, self.coefs_[0].dtype, device), X
        )

    @property
    def _depth(self) -> int:
        return len(self.coefs_) // 2

    @property
    def _n_features_out(self) -> int:
        return self.intercepts_[self._depth - 1].shape[0]

    @property
    def components_(self) -> np.ndarray:
        """Encoder weights of a one-layer autoencoder, (n_components, n_features); deeper ones have ``coefs_`` alone."""
        return self._of_one_layer(self.coefs_[0].T)

    @property
    def intercept_hidden_(self) -> np.ndarray:
        """Encoder biases of a one-layer autoencoder, (n_components,)."""
        return self._of_one_layer(self.intercepts_[0])

    @property
    def intercept_visible_(self) -> np.ndarray:
        """Decoder biases of a one-layer autoencoder, (n_features,)."""
        return self._of_one_layer(self.intercepts_[-1])

    def _of_one_layer(self, array: np.ndarray) -> np.ndarray:
        if self._depth > 1:
            raise AttributeError(
                f"A deep encoder, hidden_layer_sizes={self.hidden_layer_sizes!r}, has coefs_ and intercepts_."
            )
        return array

    def __getstate__(self) -> dict[str, Any]:
        return _state.stamped(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(_state.checked(self, state))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = self.loss == "cross_entropy"
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _parameters(result: Result, architecture: Architecture) -> dict[str, Any]:
    """Where the fit ended, as arrays: weights and biases, and what continuing needs besides."""
    state = result.state
    stored = [_bridge.to_numpy(view) for view in architecture.split(state.flat)]
    depth = len(architecture.sizes) - 1
    weights, decoder = stored[: 2 * depth : 2], stored[2 * depth :]
    if architecture.tied:
        coefs = [weight.T for weight in weights] + weights[::-1]
    else:
        coefs = [weight.T for weight in weights + decoder[::2]]
    return {
        "coefs_": coefs,
        "intercepts_": stored[1 : 2 * depth : 2]
        + (decoder if architecture.tied else decoder[1::2]),
        "_tied": architecture.tied,
        "_solver_slots": [_bridge.to_numpy(slot) for slot in state.slots],
        "_solver_steps": state.count,
        "_generator_state": _bridge.to_numpy(result.generator),
    }


@torch.no_grad()
def _spread(task: Task, result: Result) -> tuple[float, bool]:
    """The most that a unit of the code varies over some of the training rows, and whether that is next to nothing.

    A spread is small beside the largest value of the code, or beside 1, which is the
    size that activations saturate at, unless all of X is smaller. Where the rows are
    equal, the code has to be.
    """
    rows, architecture = task.stream.rows, task.objective.architecture
    n_compared = min(SPREAD_ROWS, max(2, task.schedule.batch_size))
    x, _ = rows.gather(torch.arange(0, rows.n_rows, ceil(rows.n_rows / n_compared)))
    code = encode(
        architecture.layers(architecture.split(result.state.flat)), architecture.activation, x
    )
    spread = float((code.amax(0) - code.amin(0)).max())
    scale = max(float(code.abs().max()), min(1.0, float(x.abs().max())))
    return spread, spread <= COLLAPSE * scale and bool((x != x[0]).any())


def _warn(task: Task, result: Result) -> None:
    """Say what ended the fit, where a user should know."""
    schedule = task.schedule
    rate, last = (
        f"learning_rate_init={schedule.learning_rate:g}",
        f"{schedule.learning_rate * result.cut:g}",
    )
    if result.status == "diverged":
        raise ValueError(
            f"The objective diverged with {rate}, and with rates down to {last}. Scale X, for instance with "
            "StandardScaler, or set a lower learning_rate_init, alpha or weight_decay."
        )
    if result.explosions:
        warnings.warn(
            f"The objective diverged with {rate}; training went on from the last good epoch with {last}. "
            "Scaling X, for instance with StandardScaler, or a lower learning_rate_init would help.",
            ConvergenceWarning,
            stacklevel=7,
        )
    spread, collapsed = _spread(task, result)
    if collapsed:
        warnings.warn(
            f"The code has collapsed: over the training rows no unit varies by more than {spread:g}. Scale X, for instance "
            "with StandardScaler, or lower alpha or learning_rate_init, or choose another activation.",
            stacklevel=7,
        )
    if result.status == "interrupted":
        warnings.warn("Training interrupted by user.", stacklevel=7)
    if result.status == "max_iter":
        warnings.warn(
            f"Maximum iterations ({schedule.max_iter}) reached and the optimization hasn't converged yet; "
            "increase max_iter, or tol.",
            ConvergenceWarning,
            stacklevel=7,
        )
