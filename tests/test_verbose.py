"""What a fit prints, and that it works where scikit-learn has no callbacks."""

import pytest
from estimators import short_fits
from sklearn.datasets import load_digits
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder, HigherOrder, _callbacks, contractive_path
from skcae.model_selection import JointGridSearchCV

pytestmark = short_fits

X = load_digits().data[:120, 16:40] / 16


def make(**params):
    return ContractiveAutoencoder(
        **{"n_components": 6, "max_iter": 4, "batch_size": 30, "random_state": 0, **params}
    )


def test_verbose_prints_a_line_per_epoch(capsys):
    estimator = make(verbose=1).fit(X)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"Iteration {k}" for k in (1, 2, 3, 4)]
    assert f"loss = {estimator.loss_curve_[-1]:.8f}" in lines[-1]
    estimator = make(verbose=1, early_stopping=True).fit(X)
    assert capsys.readouterr().out.endswith(
        f", held out = {-estimator.validation_scores_[-1]:.8f}\n"
    )
    make(verbose=0).fit(X)
    assert capsys.readouterr() == ("", "")


def test_verbose_names_every_part(capsys):
    estimator = make(verbose=1, penalty=HigherOrder()).fit(X)
    last = capsys.readouterr().out.splitlines()[-1]
    names = ("reconstruction", "contraction", "curvature")
    parts = [f"{name} = {getattr(estimator, f'{name}_curve_')[-1]:.8f}" for name in names]
    assert last.endswith(f"({', '.join(parts)})")


@pytest.mark.parametrize(
    ("verbose", "expected"), [(0, []), (1, ["Training 4"]), (2, ["Training 4", *["Epoch"] * 4])]
)
def test_verbose_joint_search(verbose, expected, capsys):
    JointGridSearchCV(make(), {"alpha": [0, 0.1]}, cv=2, verbose=verbose).fit(X)
    lines = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith(("Training", "Epoch"))
    ]
    assert len(lines) == len(expected)
    assert all(line.startswith(start) for line, start in zip(lines, expected, strict=True))
    assert lines[:1] == ["Training 4 autoencoders together, group 1 of 1"][: len(lines)]
    assert lines[-1:] in ([], lines[:1], ["Epoch 4 of at most 4"])


def test_a_context_without_callbacks_calls_nobody():
    context = _callbacks.context_of(MinMaxScaler(), max_subtasks=1)
    with _callbacks.subtask(None, context, "part") as part:
        assert not part.call_on_fit_task_end(estimator=None)


def test_nothing_of_a_fit_stays_on_the_estimator():
    estimator = make().fit(X).partial_fit(X)
    assert not set(_callbacks.ATTACHED) & set(vars(estimator))


def test_a_path_is_silent_unless_asked(capsys):
    contractive_path(X, [0, 1], n_components=3, max_iter=2)
    assert capsys.readouterr().out == ""
