"""Base class of the autoencoders: fit, partial_fit and the training behind them."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Self

import torch

from skcae import _bridge, _defaults, _domain, _validation, distributed
from skcae._callbacks import FitTask
from skcae._codes import Codes
from skcae._finished import FinishedTrainingsMixin
from skcae._fitted import carried_state
from skcae._training import all_or_nothing, train_estimator
from skcae.core import span
from skcae.core.corruptions import Corruption
from skcae.core.model import Architecture
from skcae.core.objective import AutoencoderObjective
from skcae.core.state import TrainingState
from skcae.core.streams import Stream
from skcae.core.train import Training


class BaseAutoencoder(FinishedTrainingsMixin, Codes):
    """Base class of the autoencoders; subclasses add constructor and objective."""

    _parameter_constraints: dict[str, list[Any]] = {
        **_validation.SHARED_CONSTRAINTS,
        **_validation.CONTINUATION_CONSTRAINTS,
    }

    @abstractmethod
    def _objective(self, architecture: Architecture) -> AutoencoderObjective:
        """The objective that this estimator minimises."""

    def _corruption(self) -> Corruption | None:
        """The corruption of rows before they are encoded in training, if any."""
        return None

    @all_or_nothing
    @_validation.checked_parameters
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train the autoencoder on X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows. float32 rows are trained in float32, all others in float64.
            Dense rows that are far fewer than their features, of which there are at least
            1000, are trained on in the coordinates that they span if the loss is the
            squared error; the guide says when exactly.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in every mean. Rows with zero weight are
            ignored. If None, all rows have equal weight.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Rows on which ``early_stopping=True`` measures improvement. If None, rows of
            X are held out for that; otherwise the fit trains on all of X. A Pipeline
            with ``transform_input=["X_val"]`` transforms them as it transforms X.
            Inside :func:`skcae.distributed.sharded`, every rank passes its own.
        sample_weight_val : array-like of shape (n_val,), default=None
            Non-negative weights of the rows of X_val.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or an argument is not valid, before any training starts, or
            if the objective diverges at every learning rate tried.
        MemoryError
            If the layers need more memory than there is, before any training starts.
            The estimator is left unchanged by all of these errors.
        """
        followed = FitTask(self, "fit", int(self.max_iter), X, y, sample_weight)
        resume = self.warm_start and hasattr(self, "coefs_")
        if not resume and X_val is None and self._take_finished(X, sample_weight):
            followed.end()
            return self
        validation = X_val, sample_weight_val
        prepare = partial(self._training, X, sample_weight, resume, validation=validation)
        return train_estimator(self, prepare, followed, resume)

    @all_or_nothing
    @_validation.checked_parameters
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train for one pass over X, continuing from the last fit or partial_fit.

        The solver keeps its state, the rows are taken in the order given, and the
        learning rate is constant. Successive calls equal one ``fit`` with
        ``learning_rate="constant"`` and ``shuffle=False`` on the same batches,
        if that fit does not train in the coordinates that its rows span.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of this pass. More than ``batch_size`` rows are taken in several steps.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            As in ``fit``, and if ``early_stopping=True``, which needs several epochs.
        MemoryError
            As in ``fit``.
        """
        if self.early_stopping:
            raise ValueError(
                "early_stopping=True needs several epochs; set early_stopping=False to use "
                "partial_fit."
            )
        self._validate_params()  # _fit_context checks the first call only
        followed = FitTask(self, "partial_fit", 1, X, y, sample_weight)
        resume = hasattr(self, "coefs_")
        prepare = partial(self._training, X, sample_weight, resume, one_pass=True)
        return train_estimator(self, prepare, followed, resume)

    def _training(
        self,
        X: Any,
        sample_weight: Any,
        resume: bool = False,
        one_pass: bool = False,
        generator: torch.Generator | None = None,
        validation: tuple[Any, Any] = (None, None),
        along_axes: Callable[[_bridge.Rows], _bridge.Along] = _bridge.Rows.along_axes,
    ) -> Training:
        """The training that the parameters and rows describe, all checked."""
        X = _validation.check_rows(self, X, reset=not resume)
        weight = _validation.check_weights(sample_weight, X)
        _domain.check_domain(X, self.loss)
        checked_validation = _validation.check_validation(self, *validation, X)
        device = _bridge.resolve_device(self.device, X)
        rows = _bridge.rows_to_train(X, weight, device)
        architecture = _validation.architecture(self, X.shape[1])
        objective = self._objective(architecture)
        dtype, axes = _bridge.dtype_name(X), None
        _validation.check_memory(architecture, _defaults.solver(self), dtype)
        afresh = not (resume or one_pass or checked_validation)
        if afresh and self._fits_in_span(objective, rows):
            rows, axes = along_axes(rows)
            architecture = replace(architecture, sizes=(rows.n_features, *architecture.sizes[1:]))
            objective = self._objective(architecture)
        schedule = _defaults.schedule(self, objective, rows.n_rows, one_pass)
        objective, corruption = objective.taking(self._corruption(), schedule.batch_size, device)
        rows.sparse = corruption is None and objective.keeps_sparse(
            schedule.batch_size, rows.density
        )
        if resume:
            generator = _bridge.resume_generator(self._generator_state)
            state = carried_state(self, architecture, schedule, device)
        else:
            generator = generator or _bridge.new_generator(self.random_state)
            flat = architecture.initialise(generator, getattr(torch, dtype))
            state = TrainingState.start(flat.to(device), schedule.solver)
        held_out_rows = None
        if checked_validation is not None:
            held_out_rows = _bridge.rows_to_train(*checked_validation, device)
            held_out_rows.sparse = rows.sparse and held_out_rows.density < 1
        elif self.early_stopping:
            n_held_out = _validation.held_out_rows(self, rows.n_rows)
            held_out_rows, rows = rows.split(n_held_out, generator)
        stream = partial(Stream, generator=generator, corruption=corruption)
        held_out = None if held_out_rows is None else stream(held_out_rows)
        return Training(state, objective, schedule, stream(rows), held_out, axes)

    def _check_ahead(self, n_rows: int, n_features: int) -> None:
        self._corruption()
        architecture = _validation.architecture(self, n_features)
        _validation.check_memory(architecture, _defaults.solver(self), "float64")
        if self.early_stopping:
            _validation.held_out_rows(self, n_rows)

    def _fits_in_span(self, objective: AutoencoderObjective, rows: _bridge.Rows) -> bool:
        """Whether rows are trained on along their axes, at the rate for these."""
        ours = rows.dense_here and self._corruption() is None and distributed.alone()
        same = objective.is_isotropic and self.learning_rate_init == "auto"
        n_units = objective.architecture.sizes[1]
        pays = span.pays(rows.n_rows, rows.n_features, n_units, int(self.max_iter))
        return ours and same and pays
