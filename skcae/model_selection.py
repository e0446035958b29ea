"""Search of parameters with all autoencoders trained together."""

from collections.abc import Callable
from copy import copy
from typing import Any, Self

from joblib import parallel_config
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.model_selection import GridSearchCV, ParameterGrid, check_cv
from sklearn.utils import indexable

from skcae._callbacks import context_of, without_callbacks
from skcae._joint import JointTraining, place_of_autoencoder, stand_in, with_parameters
from skcae._path import Progress
from skcae._version import PAGE

__all__ = ["JointGridSearchCV"]


class JointGridSearchCV(GridSearchCV):
    """Exhaustive search whose autoencoders, all candidates on all folds, are trained together.

    A drop-in for :class:`~sklearn.model_selection.GridSearchCV`: the same parameters,
    attributes and methods, and up to rounding the same scores. Autoencoders that differ
    only in ``alpha``, ``corruption_level``, ``weight_decay``, ``learning_rate_init``,
    ``random_state`` or their rows are trained in lockstep, other grids in one group for
    each combination of the rest. The steps of a Pipeline before the autoencoder are
    fitted once per fold, those after it once per candidate and fold; candidates that
    differ only in the steps after it share one training.

    Parameters
    ----------
    estimator : estimator object
        An autoencoder, or a Pipeline with one among its steps. Anything else is
        searched as GridSearchCV does it.
    param_grid : dict or list of dictionaries
        Parameters to try, as for GridSearchCV: of the autoencoder, of other steps, or
        the steps themselves.
    scoring : str, callable, list, tuple or dict, default=None
        What to score, as for GridSearchCV; scorers see the fitted Pipeline and the rows
        of the fold.
    n_jobs : int, default=None
        Threads for the steps after the autoencoder. The joint training uses torch's
        threads.
    refit : bool, str, or callable, default=True
        Whether, or by what, to fit the best candidate on all rows.
    cv : int, cross-validation generator or an iterable, default=None
        How rows are split, as for GridSearchCV.
    verbose : int, default=0
        How much is printed: above 0 a line for each group that is trained, above 1 a
        line for each of its epochs, and what GridSearchCV prints.
    pre_dispatch : int, or str, default='2*n_jobs'
        Jobs dispatched ahead.
    error_score : 'raise' or numeric, default=np.nan
        Score of a candidate that cannot be fitted. With ``'raise'``, parameters that an
        autoencoder does not accept are an error before anything is trained.
    return_train_score : bool, default=False
        Whether ``cv_results_`` has training scores.

    Attributes
    ----------
    cv_results_ : dict of numpy (masked) ndarrays
        As of GridSearchCV; ``mean_fit_time`` contains each candidate's share of the
        joint training.
    best_estimator_ : estimator
        The best candidate, fitted to all rows, if ``refit`` is not False.
    best_score_ : float
        Its mean score.
    best_params_ : dict
        Its parameters.
    best_index_ : int
        Its position in ``cv_results_``.
    scorer_ : function or a dict
        What scores.
    n_splits_ : int
        Number of folds.
    refit_time_ : float
        Seconds that the last fit took.
    multimetric_ : bool
        Whether there are several scores.
    classes_ : ndarray of shape (n_classes,)
        Class labels, of a classifier that was refitted.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X had names that are all strings.

    See Also
    --------
    skcae.ContractiveAutoencoderCV : Chooses alpha by itself, without labels.
    skcae.contractive_path : All alphas in one training, without a search.

    Notes
    -----
    The gain is that of small layers, where a step costs more than its arithmetic: from
    a few hundred units or features on the matrix products take all the time, and the
    search is as fast as GridSearchCV. Nothing is gained either by grids in which every
    combination differs in its architecture, solver or batches, other than that heads
    are shared.

    The memory is that of the rows of every fold as they reach the autoencoder and of
    all fitted autoencoders, where GridSearchCV holds one at a time. Estimators without
    a seed, ``random_state=None``, share one that is drawn anew for every search. With
    metadata routing enabled, the search is GridSearchCV's own.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.model_selection import JointGridSearchCV
    >>> X, y = load_digits(return_X_y=True)
    >>> cae = ContractiveAutoencoder(16, max_iter=20, tol=0.01, random_state=0)
    >>> pipe = make_pipeline(MinMaxScaler(), cae, RidgeClassifier())
    >>> search = JointGridSearchCV(
    ...     pipe, {"contractiveautoencoder__alpha": [0, 0.1, 1]}, cv=3
    ... ).fit(X, y)
    >>> search.cv_results_["mean_test_score"].shape
    (3,)
    >>> search.predict(X[:2]).shape
    (2,)
    """

    _training: JointTraining | None = None
    _doc_link_module, _doc_link_template = "skcae", PAGE

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Run fit with all sets of parameters.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_output), default=None
            Target of the steps after the autoencoder and of the scores.
        **params : dict of str -> object
            Fit parameters, as for GridSearchCV: ``groups`` for the splitter, others
            with the name of their step before them, such as
            ``contractiveautoencoder__sample_weight``.

        Returns
        -------
        self : object
            The fitted search.
        """
        self._validate_params()
        if not self._is_understood(
            {name: value for name, value in params.items() if name != "groups"}
        ):
            return super().fit(X, y, **params)
        X, y = indexable(X, y)
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, params.get("groups")))
        inner = copy(self)
        training = JointTraining(self.estimator, X, y, splits, params, self.error_score != "raise")
        inner._training, inner.estimator, inner.cv = (
            training,
            stand_in(self.estimator, training.table),
            splits,
        )
        with parallel_config(backend="threading"):
            super(JointGridSearchCV, inner).fit(X, y, **params, **training.rows)
        inner.estimator.__class__ = type(self.estimator)  # the default scorer holds it
        own = {"estimator", "cv", "_training", "_checked_cv_orig"}
        self.__dict__.update(
            {name: value for name, value in vars(inner).items() if name not in own}
        )
        return self

    def __getstate__(self) -> dict[str, Any]:
        return without_callbacks(super().__getstate__(), "cv_results_")

    def _is_understood(self, params: dict[str, Any]) -> bool:
        """Whether some candidate has an autoencoder that can be trained jointly; raises if the grid names what is not there."""
        candidates = [
            with_parameters(self.estimator, parameters)
            for parameters in ParameterGrid(self.param_grid)
        ]
        places = [place_of_autoencoder(candidate, params) for candidate in candidates]
        return not get_config()["enable_metadata_routing"] and any(
            place is not None for place in places
        )

    def _run_search(
        self, evaluate_candidates: Callable[..., dict[str, Any]], *, callback_ctx: Any = None
    ) -> None:
        """Train, then let scikit-learn fit the rest: by now it has checked everything that it checks before a search."""
        context = (
            {} if callback_ctx is None else {"callback_ctx": callback_ctx}
        )  # None before scikit-learn 1.9
        progress = Progress(self, context_of(self) if callback_ctx is None else callback_ctx)
        seconds = (
            self._training(list(ParameterGrid(self.param_grid)), progress)
            if self._training
            else 0.0
        )

        def evaluate(candidates: Any, **options: Any) -> dict[str, Any]:
            results = evaluate_candidates(candidates, **options)
            results["mean_fit_time"] = results["mean_fit_time"] + seconds
            return results

        super()._run_search(evaluate, **context)

    def _init_callback_context(self, *, max_subtasks: int, **task: Any) -> Any:
        """The joint training is one part more."""
        return context_of(self, max_subtasks=max_subtasks + (self._training is not None), **task)
