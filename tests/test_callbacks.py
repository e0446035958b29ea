"""scikit-learn's callbacks on the estimators: what they see, and what they leave behind."""

import copy
import itertools
import pickle
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from estimators import short_fits
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from snapshot import snapshot

from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder, _callbacks
from skcae.core.monitor import Epoch, Status
from skcae.model_selection import JointGridSearchCV

callback = pytest.importorskip(
    "sklearn.callback", reason="scikit-learn before 1.9 has no callbacks"
)
pytestmark = short_fits
both = pytest.mark.parametrize("Estimator", [ContractiveAutoencoder, DenoisingAutoencoder])

X, y = load_digits(n_class=4, return_X_y=True)
X, y = X[:120, 16:40] / 16, y[:120]
NAME = "contractiveautoencoder"


def make(Estimator=ContractiveAutoencoder, **params):
    return Estimator(
        **{"n_components": 6, "max_iter": 4, "batch_size": 30, "random_state": 0, **params}
    )


def search(Search=GridSearchCV, **params):
    pipe = make_pipeline(StandardScaler(), make(**params), LogisticRegression(max_iter=500))
    return Search(pipe, {f"{NAME}__alpha": [0, 0.1]}, cv=2)


class Recorder:
    """A callback that keeps what it is told; ``act`` is called at the end of every epoch and may stop the fit or raise."""

    def __init__(self, act=lambda number: None):
        self.events, self.fitted, self.data, self.act = [], [], [], act

    def setup(self, estimator, context):
        self.events.append(("setup",))

    def teardown(self, estimator, context):
        self.events.append(("teardown",))

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id, context.max_subtasks))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.events.append(("end", context.task_name, context.task_id, context.max_subtasks))
        if fitted_estimator is not None:
            self.fitted.append(fitted_estimator)
            self.data.append((X, y, metadata))
        return self.act(context.task_id + 1) if context.task_name == "epoch" else None


@both
def test_a_fit_and_its_epochs_are_tasks(Estimator):
    recorder = Recorder()
    estimator = make(Estimator).set_callbacks(recorder).fit(X)
    epochs = [(event, "epoch", k, 0) for k in range(4) for event in ("begin", "end")]
    assert recorder.events == [
        ("setup",),
        ("begin", "fit", 0, 4),
        *epochs,
        ("end", "fit", 0, 4),
        ("teardown",),
    ]
    assert not {*_callbacks.ATTACHED} - {"_skl_callbacks"} & set(vars(estimator))


def test_partial_fit_is_one_epoch():
    recorder = Recorder()
    make().set_callbacks(recorder).partial_fit(X)
    assert ("begin", "partial_fit", 0, 1) in recorder.events
    assert len(recorder.events) == 6


@both
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_fitted_estimator_of_an_epoch_is_the_fit_that_ends_there(Estimator, early_stopping):
    recorder = Recorder()
    estimator = (
        make(Estimator, early_stopping=early_stopping, learning_rate="constant")
        .set_callbacks(recorder)
        .fit(X)
    )
    assert len(recorder.fitted) == 5
    for n_epochs, fitted in enumerate(recorder.fitted[:-1], 1):
        stopped = (
            clone(estimator)
            .set_callbacks(Recorder(lambda number, last=n_epochs: number == last))
            .fit(X)
        )
        assert stopped.n_iter_ == fitted.n_iter_ == n_epochs
        assert stopped.loss_curve_ == fitted.loss_curve_
        np.testing.assert_array_equal(fitted.transform(X), stopped.transform(X))
    np.testing.assert_array_equal(recorder.fitted[-1].transform(X), estimator.transform(X))


def test_a_checkpoint_continues_as_the_fit_would_have():
    recorder = Recorder()
    whole = make(learning_rate="constant").set_callbacks(recorder).fit(X)
    checkpoint = pickle.loads(pickle.dumps(recorder.fitted[1])).set_params(
        warm_start=True, max_iter=2
    )
    np.testing.assert_array_equal(checkpoint.fit(X).transform(X), whole.transform(X))


def test_a_callback_that_returns_true_stops_the_fit():
    recorder = Recorder(lambda number: number == 2)
    estimator = make().set_callbacks(recorder).fit(X)
    assert estimator.n_iter_ == len(estimator.loss_curve_) == 2
    assert recorder.events[-3:] == [("end", "epoch", 1, 0), ("end", "fit", 0, 4), ("teardown",)]


def test_converging_early_leaves_no_task_open():
    recorder = Recorder()
    estimator = (
        make(max_iter=50, tol=0.5, n_iter_no_change=1, learning_rate="constant")
        .set_callbacks(recorder)
        .fit(X)
    )
    assert 1 < estimator.n_iter_ < 50
    assert [event[0] for event in recorder.events].count("end") == estimator.n_iter_ + 1
    assert [event[0] for event in recorder.events].count("begin") == estimator.n_iter_ + 1


def test_callbacks_hear_of_an_epoch_that_is_trained_again_once():
    told = []

    class Estimator(_callbacks.CallbackSupportMixin):
        pass

    task = _callbacks.FitTask(
        Estimator().set_callbacks(Recorder(told.append)), "fit", 3, X, None, None
    )
    task.begin_epoch()
    for number in (1, 2, 1, 2, 3):
        status = Status.RUNNING if number < 3 else Status.MAX_ITER
        task.on_epoch(Epoch(number, 0.0, {}), SimpleNamespace(status=status), dict)
    task.end()
    assert told == [1, 2, 3]


def test_interruption_ends_the_task_of_the_epoch(monkeypatch):
    recorder = Recorder()

    def interrupt(self, epoch):
        if epoch.number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ContractiveAutoencoder, "_report", interrupt)
    with pytest.warns(UserWarning, match="interrupted"):
        estimator = make().set_callbacks(recorder).fit(X)
    assert hasattr(estimator, "coefs_")
    assert [event[0] for event in recorder.events].count("end") == 3
    assert recorder.events[-1] == ("teardown",)


CALLS = [
    *itertools.product([ContractiveAutoencoder, DenoisingAutoencoder], ["fit", "partial_fit"]),
    (ContractiveAutoencoderCV, "fit"),
]


@pytest.mark.parametrize(
    "hook", ["setup", "on_fit_task_begin", "on_fit_task_end", "epoch", "teardown"]
)
@pytest.mark.parametrize(("Estimator", "method"), CALLS)
def test_an_exception_in_a_callback_leaves_the_fit_before(hook, Estimator, method, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("full disk")

    own = {"alphas": [0, 0.1], "cv": 2} if Estimator is ContractiveAutoencoderCV else {}
    recorder = Recorder(fail if hook == "epoch" else lambda number: None)
    estimator = make(Estimator, **own).fit(X).set_callbacks(recorder)
    before, codes = snapshot(estimator), estimator.transform(X)
    if hook != "epoch":
        monkeypatch.setattr(Recorder, hook, lambda self, estimator, context: fail())
    with pytest.raises(RuntimeError, match="full disk"):
        getattr(estimator, method)(X[:60])
    assert hook == "teardown" or recorder.events[-1] == ("teardown",)
    assert snapshot(estimator) == before
    np.testing.assert_array_equal(estimator.transform(X), codes)


def test_invalid_rows_tear_callbacks_down_too():
    recorder = Recorder()
    with pytest.raises(ValueError, match="NaN"):
        make().set_callbacks(recorder).fit(X * np.nan)
    assert recorder.events[-1] == ("teardown",)


@both
def test_scoring_monitor(Estimator):
    monitor = callback.ScoringMonitor(
        scoring=lambda estimator, X, y, **weights: {"score": estimator.score(X, **weights)}
    )
    weight = np.arange(120) % 3 + 1.0
    estimator = make(Estimator).set_callbacks(monitor).fit(X, sample_weight=weight)
    rows = monitor.get_logs().data
    epochs = [row["score"] for row in rows if row["task_name"] == "epoch"]
    assert len(epochs) == estimator.n_iter_
    assert epochs[-1] == pytest.approx(estimator.score(X, sample_weight=weight))
    assert epochs[0] < epochs[-1]


def test_hooks_are_given_the_target_where_there_is_one():
    """A scorer may ask what the codes are good for."""
    recorder = Recorder()
    make().set_callbacks(recorder).fit(X, y)
    assert [id(thing) for thing in recorder.data[0]] == [id(X), id(y), id(None)]
    make().set_callbacks(recorder).fit(X)
    assert recorder.data[-1][1] is X


def test_scoring_monitor_in_a_search_of_two_processes():
    monitor = callback.ScoringMonitor(scoring={"loss": lambda estimator, X, y: estimator.score(X)})
    found = search()
    found.estimator[1].set_callbacks(monitor)
    found.set_params(n_jobs=2).fit(X, y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(rows) == 2 * 2 * 4 + 4


@pytest.mark.parametrize("Search", [GridSearchCV, JointGridSearchCV])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_progress_bar_through_a_pipeline_in_a_search(Search, n_jobs, capsys, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setenv("COLUMNS", "200")
    found = search(Search).set_params(n_jobs=n_jobs)
    found.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X, y)
    printed = capsys.readouterr().out
    assert f"fit-transform-{NAME} | ContractiveAutoencoder - fit" in printed
    assert ("joint-training" in printed) == (Search is JointGridSearchCV)
    assert "100%" in printed
    assert not [thread for thread in threading.enumerate() if "Rich" in type(thread).__name__]
    assert "_skl_callbacks" not in vars(found.best_estimator_[1])


def test_progress_bar_shows_epochs(capsys):
    pytest.importorskip("rich")
    make().set_callbacks(callback.ProgressBar()).fit(X)
    assert "ContractiveAutoencoder - fit" in capsys.readouterr().out


def test_joint_search_tells_of_its_training():
    recorder = Recorder()
    found = search(JointGridSearchCV).set_callbacks(recorder).fit(X, y)
    names = [event[1:] for event in recorder.events if event[0] == "begin"]
    assert names[:3] == [("fit", 0, 3), ("joint-training", 0, 1), ("group-of-4", 0, 4)]
    assert names[3:7] == [("epoch", k, 0) for k in range(4)]
    assert [name for name, _, _ in names[7:]] == [
        "search",
        *["candidate-split-evaluation"] * 4,
        "refit-with-best-params",
    ]
    assert len(recorder.events) == 2 * len(names) + 2
    assert not set(_callbacks.ATTACHED) - {"_skl_callbacks"} & set(vars(found))


def test_cross_validated_alpha_tells_of_its_training():
    recorder = Recorder()
    cae = (
        ContractiveAutoencoderCV(6, alphas=[0, 0.1], cv=2, max_iter=3, random_state=0)
        .set_callbacks(recorder)
        .fit(X)
    )
    names = [event[1:] for event in recorder.events if event[0] == "begin"]
    assert names[:3] == [("fit", 0, 4), ("joint-training", 0, 1), ("group-of-4", 0, 3)]
    assert names[-3:] == [("epoch", k, 0) for k in (1, 2, 3)]
    assert len(recorder.events) == 2 * len(names) + 2
    np.testing.assert_array_equal(recorder.fitted[-1].transform(X), cae.transform(X))


def test_an_autoencoder_with_callbacks_is_not_trained_jointly():
    """They follow one fit, and may stop it."""
    recorder = Recorder(lambda number: number == 2)
    found = search(JointGridSearchCV)
    found.estimator[1].set_callbacks(recorder)
    found.fit(X, y)
    assert found.best_estimator_[1].n_iter_ == 2
    assert recorder.events.count(("setup",)) == 5


def test_of_two_equal_autoencoders_that_with_callbacks_trains_by_itself():
    recorder = Recorder()
    found = search(JointGridSearchCV)
    found.set_params(param_grid={NAME: [make(), make().set_callbacks(recorder)]}, refit=False)
    found.fit(X, y)
    assert recorder.events.count(("begin", "epoch", 3, 0)) == 2


def test_a_fit_that_was_trained_jointly_is_told_of_in_its_pipeline():
    class Propagated(Recorder):
        max_propagation_depth = None

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            self.fitted.append((type(estimator), context.task_name, context.max_subtasks))

    told = Propagated()
    search(JointGridSearchCV).set_callbacks(told).fit(X, y)
    assert told.fitted.count((ContractiveAutoencoder, "fit", 4)) == 2 * 2 + 1
    assert told.fitted.count((ContractiveAutoencoder, "epoch", 0)) == 4


@pytest.mark.parametrize("Search", [GridSearchCV, JointGridSearchCV])
def test_a_second_search_calls_its_callbacks_as_the_first_did(Search):
    recorder = Recorder()
    found = search(Search).set_callbacks(recorder).fit(X, y)
    first = [*recorder.events]
    found.fit(X, y)
    assert len(first) > 2
    assert recorder.events == 2 * first


@pytest.mark.parametrize("estimator", [make(), LogisticRegression(), search(JointGridSearchCV)])
def test_copies_keep_callbacks(estimator):
    """Unlike files, copies of a fitted estimator are like it."""
    recorder = Recorder()
    estimator = clone(estimator).set_callbacks(recorder).fit(X, y)
    shallow, deep = copy.copy(estimator), copy.deepcopy(estimator)
    assert shallow.__dict__ == estimator.__dict__
    assert vars(deep).keys() == vars(estimator).keys()
    assert deep._skl_callbacks[0].events == recorder.events
    n_events = len(recorder.events)
    shallow.fit(X, y)
    assert len(recorder.events) == 2 * n_events == 2 * len(deep._skl_callbacks[0].events)
