"""Search of parameters, with all autoencoders trained together."""

from collections.abc import Callable
from typing import Any, Self

from joblib import parallel_config
from sklearn import get_config
from sklearn.model_selection import GridSearchCV, ParameterGrid, check_cv

from skcae._alpha_grid import alpha_grid
from skcae._callbacks import context_of, state_to_save, state_to_set
from skcae._joint import JointTraining
from skcae._together import Progress
from skcae._version import PAGE

__all__ = ["JointGridSearchCV", "alpha_grid"]


class JointGridSearchCV(GridSearchCV):
    """Grid search that trains the autoencoders of all candidates and folds together.

    It is a drop-in replacement for :class:`~sklearn.model_selection.GridSearchCV`, with
    the same parameters, attributes and methods. Every training takes the same steps as
    in GridSearchCV. Rounding differs and grows over a fit, so scores differ as they do
    between one thread and two. Autoencoders are trained in lockstep if they differ only
    in ``alpha``, ``corruption_level``, ``weight_decay``, ``learning_rate_init``,
    ``random_state`` or their rows. Other parameters split a grid into one group for
    each of their combinations. Candidates that differ only in the steps of a Pipeline
    after the autoencoder share one training.

    Parameters
    ----------
    estimator : estimator object
        An autoencoder, a FinetunedClassifier, or a Pipeline with one of them among its
        steps. Any other estimator is searched as by GridSearchCV.
    param_grid : dict or list of dictionaries
        Parameters to try, as in GridSearchCV: of the autoencoder, of other steps, or
        the steps themselves.
    scoring : str, callable, list, tuple or dict, default=None
        Scores, as in GridSearchCV. Scorers are called with the fitted Pipeline and the
        rows of the fold.
    n_jobs : int, default=None
        Number of threads that fit and score candidates after the joint training. The
        joint training itself uses torch's threads.
    refit : bool, str, or callable, default=True
        Whether to refit the best candidate on all rows, and the score that decides
        which is the best, as in GridSearchCV.
    cv : int, cross-validation generator or an iterable, default=None
        Cross-validation splitting strategy, as in GridSearchCV.
    verbose : int, default=0
        Verbosity level. Above 0, one line is printed for each group that is trained
        together, besides what GridSearchCV prints. Above 1, one line is also printed
        for each epoch of a group.
    pre_dispatch : int, or str, default='2*n_jobs'
        Number of jobs dispatched ahead, as in GridSearchCV.
    error_score : 'raise' or numeric, default=np.nan
        Score of a candidate that cannot be fitted. With ``'raise'``, parameters that an
        autoencoder does not accept raise before any training.
    return_train_score : bool, default=False
        Whether ``cv_results_`` includes training scores.

    Attributes
    ----------
    cv_results_ : dict of numpy (masked) ndarrays
        Results, as in GridSearchCV. ``mean_fit_time`` includes each candidate's share
        of the joint training.
    best_estimator_ : estimator
        The best candidate, fitted to all rows. Only available if ``refit`` is not
        False.
    best_score_ : float
        Mean score of the best candidate.
    best_params_ : dict
        Parameters of the best candidate.
    best_index_ : int
        Position of the best candidate in ``cv_results_``.
    scorer_ : function or a dict
        Scorer, or scorers by name.
    n_splits_ : int
        Number of folds.
    refit_time_ : float
        Seconds used for refitting the best candidate.
    multimetric_ : bool
        Whether there are several scores.
    classes_ : ndarray of shape (n_classes,)
        Class labels. Only available if the best candidate is a classifier and was
        refitted.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen during fit. Defined only when X has feature names that
        are all strings.

    See Also
    --------
    skcae.ContractiveAutoencoderCV : Chooses alpha by itself, without labels.
    skcae.contractive_path : Trains all alphas together, without a search.

    Notes
    -----
    Small layers gain most, since a step then costs more than its arithmetic. With
    several hundred features and a few hundred units, the matrix products take all the
    time, and the search is as fast as GridSearchCV. Grids whose candidates all differ
    in architecture, solver or batch size gain nothing.

    The steps of a Pipeline before the autoencoder are fitted once per fold for the
    joint training, and again once per candidate and fold, as in GridSearchCV. If they
    are slow, set the ``memory`` of the Pipeline, and they are fitted once per fold. If
    they draw random numbers, set their ``random_state``: an autoencoder finds its
    finished training by the rows that reach it. An autoencoder is trained by itself if
    these rows are not found, if it has callbacks, or if its class has a ``fit`` of its
    own. With metadata routing enabled, the whole search is that of GridSearchCV.

    The joint training holds the rows of every fold in memory as they reach the
    autoencoder, and the search holds all fitted autoencoders until it ends.
    GridSearchCV holds one of each at a time. Estimators with ``random_state=None``
    share a seed, which is drawn anew for every search.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from skcae import ContractiveAutoencoder
    >>> from skcae.model_selection import JointGridSearchCV
    >>> X, y = load_digits(return_X_y=True)
    >>> cae = ContractiveAutoencoder(
    ...     16, max_iter=20, n_iter_no_change=None, random_state=0
    ... )
    >>> pipe = make_pipeline(MinMaxScaler(), cae, RidgeClassifier())
    >>> search = JointGridSearchCV(
    ...     pipe, {"contractiveautoencoder__alpha": [0, 0.1, 1]}, cv=3
    ... ).fit(X, y)
    >>> search.cv_results_["mean_test_score"].shape
    (3,)
    >>> search.predict(X[:2]).shape
    (2,)
    """

    cv_results_: dict[str, Any]
    best_estimator_: Any
    best_score_: float
    best_params_: dict[str, Any]
    best_index_: int
    n_splits_: int

    _joint: JointTraining | None = None
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
            Fit parameters, as in GridSearchCV: ``groups`` for the splitter, and others
            prefixed by the name of their step, such as
            ``contractiveautoencoder__sample_weight``.

        Returns
        -------
        self : object
            Fitted search.

        Raises
        ------
        ValueError
            As in GridSearchCV. With ``error_score="raise"``, an error of an autoencoder
            is raised before any training.
        """
        self._validate_params()
        candidates = list(ParameterGrid(self.param_grid))
        tolerant = self.error_score != "raise"
        joint = JointTraining(self.estimator, candidates, X, y, params, tolerant)
        if get_config()["enable_metadata_routing"] or not any(joint.candidates):
            return super().fit(X, y, **params)
        self._joint = joint
        try:
            values = [value for candidate in candidates for value in candidate.values()]
            with parallel_config("threading"), joint.finished.lent_to(self.estimator, values):
                return super().fit(X, y, **params)
        finally:
            del self._joint

    def __getstate__(self) -> dict[str, Any]:
        return state_to_save(super().__getstate__(), "cv_results_")

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state_to_set(state))

    def _run_search(
        self, evaluate_candidates: Callable[..., dict[str, Any]], *, callback_ctx: Any = None
    ) -> None:
        """Train the autoencoders together, then search.

        scikit-learn has made all of its checks before it calls this method.
        """
        # scikit-learn before 1.9 passes no context.
        context = {} if callback_ctx is None else {"callback_ctx": callback_ctx}
        joint = self._joint
        if joint is None:
            super()._run_search(evaluate_candidates, **context)
            return
        groups = joint.params.get("groups")
        splits = list(self._checked_cv_orig.split(joint.X, joint.y, groups))
        progress = Progress(self, context_of(self) if callback_ctx is None else callback_ctx)
        seconds = joint(splits, progress)

        def evaluate(candidates: Any, **options: Any) -> dict[str, Any]:
            results = evaluate_candidates(candidates, cv=check_cv(splits), **options)
            results["mean_fit_time"] = results["mean_fit_time"] + seconds
            return results

        super()._run_search(evaluate, **context)

    def _init_callback_context(self, *, max_subtasks: int, **task: Any) -> Any:
        """The context of a fit, in which the joint training is one more task."""
        return context_of(self, max_subtasks=max_subtasks + (self._joint is not None), **task)
