"""Search of parameters with all autoencoders trained together."""

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

    A drop-in for :class:`~sklearn.model_selection.GridSearchCV`: the same parameters,
    attributes and methods. Every training is the one that GridSearchCV makes, step for
    step; rounding differs and grows over a fit, so that scores differ as they do
    between one and two threads. Autoencoders that differ only in ``alpha``,
    ``corruption_level``, ``weight_decay``, ``learning_rate_init``, ``random_state`` or
    their rows are trained in lockstep, other grids in one group for each combination of
    the rest. Candidates that differ only in the steps of a Pipeline after the
    autoencoder share one training.

    Parameters
    ----------
    estimator : estimator object
        An autoencoder, a FinetunedClassifier, or a Pipeline with one of them among its
        steps. Anything else is searched as GridSearchCV does it.
    param_grid : dict or list of dictionaries
        Parameters to try, as for GridSearchCV: of the autoencoder, of other steps, or
        the steps themselves.
    scoring : str, callable, list, tuple or dict, default=None
        What to score, as for GridSearchCV; scorers see the fitted Pipeline and the rows
        of the fold.
    n_jobs : int, default=None
        Number of threads in which candidates are fitted and scored, after the joint
        training, which uses torch's threads.
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
    search is as fast as GridSearchCV. Grids whose candidates all differ in
    architecture, solver or batch size gain nothing.

    The steps of a Pipeline before the autoencoder are fitted once per fold for the
    joint training, and then once per candidate and fold, as GridSearchCV fits them.
    Where that is slow, give the Pipeline a ``memory``: it then fits them once per fold.
    An autoencoder finds its training by the rows that reach it, so steps before it need
    a seed if they draw random numbers. It is trained by itself if the rows are not
    found, if it has callbacks, or if its class has a ``fit`` of its own. With metadata
    routing enabled, the whole search is GridSearchCV's own.

    During the joint training, memory holds the rows of every fold as they reach the
    autoencoder, and until the end of the search all fitted autoencoders; GridSearchCV
    holds one of each at a time. Estimators without a seed, ``random_state=None``, share
    one that is drawn anew for every search.

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
            Fit parameters, as for GridSearchCV: ``groups`` for the splitter, others
            with the name of their step before them, such as
            ``contractiveautoencoder__sample_weight``.

        Returns
        -------
        self : object
            The fitted search.
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
        """Train, then search.

        By now scikit-learn has checked all that it checks before a search.
        """
        # None before scikit-learn 1.9.
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
        """The joint training is one part more."""
        return context_of(self, max_subtasks=max_subtasks + (self._joint is not None), **task)
