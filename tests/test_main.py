"""``python -m skcae``: formats, errors, results and what is left on disk."""

import os
import re
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pandas
import pytest
import torch
from estimators import short_fits
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.preprocessing import MinMaxScaler
from skops.io import load
from threadpoolctl import threadpool_info, threadpool_limits

from skcae import TRUSTED_TYPES, ContractiveAutoencoder, __main__, _comparison, _files
from skcae.__main__ import describe, main, parse, picture
from skcae.model_selection import alpha_grid

pytestmark = short_fits

IRIS = load_iris()
X, NAMES = IRIS.data, IRIS.target_names[IRIS.target]
TRUSTED = [*TRUSTED_TYPES, "numpy.dtype"]
OF_SCIKIT_LEARN_1_6 = "sklearn.compose._column_transformer._RemainderColsList"
QUICK = ["--n-components", "3", "--max-iter", "3", "--cv", "2", "--alphas", "0.1", "--draws", "2"]


def save_npz(path, X=X, y=IRIS.target):
    np.savez(path, X=X, y=y)
    return path


def frame(y=IRIS.target):
    return pandas.DataFrame(X, columns=list("abcd")).assign(kind=y)


def rows_of(out):
    """The table's cells by method: the settings, then the accuracies in percent."""
    lines = out.split("\n\n")[1].splitlines()[1:]
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]
    return {
        method: (settings, *(float(cell.split("%")[0]) for cell in accuracies))
        for method, settings, *accuracies in cells
    }


@pytest.fixture
def data(tmp_path):
    return save_npz(tmp_path / "data.npz")


def refused(capsys, argv):
    """The one line on stderr of a run that ends with status 2 before it prints any result.

    Before an error of arguments, argparse prints a line on how the command is used.
    """
    try:
        status = main([str(argument) for argument in argv])
    except SystemExit as end:
        status = end.code
    assert status == 2
    out, err = capsys.readouterr()
    err = err.removeprefix("usage: python -m skcae [options]\n")
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_formats_agree(tmp_path):
    np.save(tmp_path / "both.npy", np.column_stack([X, IRIS.target]))
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", IRIS.target)
    np.save(tmp_path / "first.npy", np.column_stack([IRIS.target, X]))
    frame().to_csv(tmp_path / "data.csv", index=False)
    frame()[["kind", "a", "b", "c", "d"]].to_parquet(tmp_path / "data.parquet")
    pandas.DataFrame(np.column_stack([X, IRIS.target])).to_csv(
        tmp_path / "numbered.csv", index=False
    )
    save_npz(tmp_path / "data.NPZ.npz")
    frame().to_csv(tmp_path / "data.tsv", index=False, sep="\t")
    np.savez(tmp_path / "named.npz", X=X, labels=IRIS.target[:, None])
    cases = {
        "both.npy": None,
        "X.npy": str(tmp_path / "y.npy"),
        "first.npy": "0",
        "data.csv": None,
        "data.tsv": "kind",
        "data.parquet": "kind",
        "numbered.csv": "4",
        "data.NPZ.npz": None,
        "named.npz": "labels",
    }
    for name, target in cases.items():
        rows, labels = _files.read(tmp_path / name, target)
        np.testing.assert_array_equal(rows, X, err_msg=name)
        np.testing.assert_array_equal(labels, IRIS.target, err_msg=name)
        assert rows.dtype == np.float64


def test_target_by_position_counts_from_either_end(tmp_path):
    frame().to_csv(tmp_path / "data.csv", index=False)
    for target, expected in (("0", X[:, 0]), ("-5", X[:, 0]), ("b", X[:, 1]), ("-1", IRIS.target)):
        if target == "-1":
            np.testing.assert_array_equal(_files.read(tmp_path / "data.csv", target)[1], expected)
        else:
            with pytest.raises(ValueError, match="Unknown label type: continuous"):
                _files.read(tmp_path / "data.csv", target)
    table = pandas.DataFrame({"1": X[:, 0], "0": NAMES, "b": X[:, 1]})
    table.to_csv(tmp_path / "data.csv", index=False)
    labels = _files.read(tmp_path / "data.csv", "0")[1]  # a name before a number
    np.testing.assert_array_equal(labels, NAMES)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_string_classes(tmp_path, capsys, suffix):
    path = tmp_path / f"data.{suffix}"
    (frame(NAMES).to_csv(path, index=False) if suffix == "csv" else frame(NAMES).to_parquet(path))
    assert main(["--data", str(path), "--target", "kind", *QUICK, "--train-rows", "100"]) == 0
    out = capsys.readouterr().out
    assert "150 rows, 4 features, 3 classes; 50 rows are held out, stratified; seed 0." in out
    assert "Encoders learn from the other 100 rows, without labels, in at most 3 epochs" in out
    assert "2-fold cross-validation on 100 of these rows with labels chooses" in out
    assert "All have labels, so encoders see no more than the classifier does" in out
    assert "OneHotEncoder" not in out
    assert "SimpleImputer" not in out


def test_table_holds_what_the_protocol_says(data, capsys):
    """The numbers are those that scikit-learn gives for what is built here, by hand."""
    argv = ["--data", str(data), *QUICK, "--alphas", "0.5", "0.1", "--noise", "0.3", "--seed", "3"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(argv) == 0
    out, err = capsys.readouterr()
    assert sum(map(int, re.findall(r"training (\d+) autoencoders together", err))) == 22
    assert "cross-validating on 105 rows, draw 1 of 1" in err
    assert "training" not in out
    head = re.split("  +", out.split("\n\n")[1].splitlines()[0])
    assert head == ["codes", "chosen", "CV", "held out", "noise 0.3"]
    found = rows_of(out)
    assert list(found) == ["raw", "PCA", "plain", "masking", "gaussian", "contractive"]

    A, B, a, b = train_test_split(
        X, IRIS.target, train_size=105, stratify=IRIS.target, random_state=3
    )
    scaler = MinMaxScaler(clip=True).fit(A)
    A, B = (scaler.transform(rows).astype(np.float32) for rows in (A, B))
    noisy = B + 0.3 * np.random.RandomState(3).standard_normal(B.shape)
    folds = StratifiedKFold(2, shuffle=True, random_state=3)
    common = {"max_iter": 3, "loss": "cross_entropy", "random_state": 3}
    identity = PCA(4).fit(A)
    identity.transform = lambda rows: rows
    rivals = {
        "raw": [(identity, "")],
        "PCA": [(PCA(size, random_state=3), f"size {size}, ") for size in (1, 3)],
        "contractive": [
            (
                ContractiveAutoencoder(3, alpha=alpha, learning_rate_init=rate, **common),
                f"alpha {alpha}, rate {rate}, ",
            )
            for alpha in (0.5, 0.1)
            for rate in ("auto", 0.001)
        ],
    }
    for method, encoders in rivals.items():
        Cs = _comparison.CS_OF_RAW if method == "raw" else [1, 10, 100]
        best = (0, None)
        for encoder, knobs in encoders:
            Z = encoder.fit(A).transform(A).astype(float)
            search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": Cs}, cv=folds).fit(Z, a)
            if search.best_score_ > best[0] + 1e-9:
                best = search.best_score_, (encoder, knobs, search)
        score, (encoder, knobs, search) = best
        right = [search.score(encoder.transform(rows).astype(float), b) for rows in (B, noisy)]
        settings, *accuracies = found[method]
        assert settings == f"{knobs}C {search.best_params_['C']:g}"
        assert accuracies == [round(100 * value, 1) for value in (score, *right)]


def test_few_labels_are_drawn_stratified_and_others_train_the_encoders_alone(data, capsys):
    assert main(["--data", str(data), *QUICK, "--labelled", "12", "--draws", "3"]) == 0
    out, err = capsys.readouterr()
    assert "Encoders learn from the other 105 rows, without labels" in out
    assert "2-fold cross-validation on 12 of these rows" in out
    assert "draws of the labels: 3." in out
    assert "All have labels" not in out
    assert "cross-validating on 12 rows, draw 3 of 3" in err
    (y, known) = IRIS.target, np.arange(150)
    table = _comparison.Data(None, X, y, known, known[:0], known)
    protocol = parse([*QUICK, "--draws", "4"])
    few, more = (_comparison.draws(table, n, protocol) for n in (12, 30))
    assert [np.bincount(y[rows]).tolist() for rows in few] == [[4, 4, 4]] * 4
    assert len({tuple(sorted(rows)) for rows in few}) == 4
    assert all({*rows} < {*others} for rows, others in zip(few, more, strict=True))


def test_rows_without_a_label_train_the_encoders(tmp_path, capsys):
    """Without the unlabelled rows, the encoders would be others."""
    y = IRIS.target.astype(object)
    y[::2] = None
    frame(y).to_csv(tmp_path / "data.csv", index=False)
    assert main(["--data", str(tmp_path / "data.csv"), *QUICK]) == 0
    out = capsys.readouterr().out
    assert "23 rows are held out" in out
    assert "learn from the other 127 rows, without labels" in out
    assert "Rows without a label in the file: 75." in out
    assert "on 52 of these rows with labels" in out
    rows, labels = _files.read(tmp_path / "data.csv", None)
    table = _comparison.prepare(rows, labels, None, 0)
    assert len(table.train) == 52
    assert table.others.tolist() == list(range(0, 150, 2))
    assert not {*table.held_out} & {*table.train, *table.others}
    assert table.X[np.r_[table.train, table.others]].max() == 1
    encoders = _comparison.fitted(table, parse(QUICK))["contractive"]
    assert [encoder.n_samples_seen_ for encoder in encoders] == [3 * 127] * 2


def test_a_feature_without_any_value_stays():
    table = _comparison.prepare(np.c_[X, np.full(150, np.nan)], IRIS.target, None, 0)
    assert table.X.shape == (150, 5)


def test_an_ordinary_table_runs_through_and_the_output_says_how(tmp_path, capsys):
    table = frame(NAMES)
    table["colour"] = np.where(X[:, 0] > 5.8, "red", "blue")
    table["name"] = [f"flower {k}" for k in range(150)]
    table["name\x1b[2J"] = table["colour"].where(X[:, 1] > 3)
    table.loc[3:5, "a"] = np.nan
    path, kept = tmp_path / "data.csv", tmp_path / "model.skops"
    table.to_csv(path, index=False)
    assert main(["--data", str(path), "--target", "kind", *QUICK, "--save", str(kept)]) == 0
    out = capsys.readouterr().out
    assert (
        "OneHotEncoder takes columns of text: colour, name, name?[2J; a missing one is a "
        "category, and beyond 20 the rare ones are one.\nSimpleImputer replaces missing numbers by "
        "medians: 3.\n"
    ) in out
    rows, _ = _files.read(path, "kind")
    pipeline = load(kept, trusted=[*TRUSTED, OF_SCIKIT_LEARN_1_6])
    assert {*pipeline.predict(rows)} <= {*NAMES}
    assert {*pipeline.predict(rows.assign(colour="green", a=np.nan).head())} <= {*NAMES}
    table.loc[4:5, "a"] = 1
    table.to_csv(path, index=False)
    assert main(["--data", str(path), "--target", "kind", *QUICK]) == 0
    assert "replaces missing numbers by medians: 1." in capsys.readouterr().out


def test_alphas_are_those_that_suit_the_rows():
    """Without ``--alphas``, every other value of the grid of nine."""
    args = parse(["--n-components", "3", "--max-iter", "2"])
    rows = _comparison.prepare(X, IRIS.target, None, 0)
    contractive = _comparison.fitted(rows, args)["contractive"]
    cae = ContractiveAutoencoder(3, loss="cross_entropy")
    grid = alpha_grid(cae, rows.X[rows.train])
    assert {one.alpha for one in contractive} == {grid[3], grid[5], grid[7]}


RECIPE = re.search(
    r"code-block:: python3\n\n((?:   .*\n|\n)+)",
    (Path(__file__).parents[1] / "docs/guide/command.rst").read_text("utf-8"),
)


@pytest.mark.parametrize("texts", [["colour", "smoker"], []])
def test_the_guides_recipe_reads_rows_as_the_command_does(tmp_path, monkeypatch, texts):
    """Among words "NA" is one, and so is "True"; spaces and "?" are as they are in the wild."""
    table = frame(NAMES).map(str)
    table.loc[::7, "a"], table.loc[::5, "b"] = "?", "NA"
    table["colour"] = np.resize(["red", "NA", "", "blue "], 150)
    table["smoker"] = np.where(X[:, 2] > 4, "True", "False")
    table = table[[*"abcd", *texts, "kind"]]
    table.iloc[-1] = ""
    monkeypatch.chdir(tmp_path)
    for path, part in (("data.csv", table), ("new_rows.csv", table[:-1].drop(columns="kind"))):
        lines = [[*part], *part.to_numpy().tolist()]
        Path(path).write_text("".join(" ,  ".join(line) + "\n" for line in lines))
    assert main(["--data", "data.csv", *QUICK, "--save", "model.skops"]) == 0
    monkeypatch.setattr("skcae.TRUSTED_TYPES", [*TRUSTED_TYPES, OF_SCIKIT_LEARN_1_6])
    code = textwrap.dedent(RECIPE[1]).replace('["colour", "smoker"]', repr(texts))
    names: dict = {}
    exec(code, names)
    rows, _ = _files.read(Path("data.csv"), None)
    np.testing.assert_array_equal(names["labels"], names["model"].predict(rows)[:-1])
    rows = pandas.DataFrame(rows, columns=names["cells"].columns).reset_index(drop=True)
    pandas.testing.assert_frame_equal(names["rows"], rows[:-1])
    assert names["missing"] == _files.MISSING


def test_the_saved_pipeline_is_the_printed_winner(data, tmp_path, capsys):
    """It predicts held-out rows from what is in the file as well as the table says."""
    kept = tmp_path / "model.skops"
    assert main(["--data", str(data), *QUICK, "--save", str(kept)]) == 0
    out = capsys.readouterr().out
    method = out.split("Winner by cross-validation: ")[1].split(",")[0]
    settings, cv_accuracy, held_out, _ = rows_of(out)[method]
    assert cv_accuracy == max(row[1] for row in rows_of(out).values())
    assert f"Wrote {kept}: the pipeline of {method}, {settings}; load it with trusted=[*" in out
    _, B, _, b = train_test_split(
        X, IRIS.target, train_size=105, stratify=IRIS.target, random_state=0
    )
    pipeline = load(kept, trusted=TRUSTED)
    assert round(100 * pipeline.score(B, b), 1) == held_out


def test_output_is_the_codes_of_the_printed_encoder(data, tmp_path, capsys):
    output = tmp_path / "codes.npy"
    assert main(["--data", str(data), *QUICK, "--output", str(output)]) == 0
    out = capsys.readouterr().out
    assert f"contractive codes of all rows, {rows_of(out)['contractive'][0]}" in out
    A, _ = train_test_split(X, train_size=105, stratify=IRIS.target, random_state=0)
    scaler = MinMaxScaler(clip=True).fit(A)
    rate = rows_of(out)["contractive"][0].split("rate ")[1].split(",")[0]
    encoder = ContractiveAutoencoder(
        3,
        alpha=0.1,
        learning_rate_init=rate if rate == "auto" else float(rate),
        max_iter=3,
        loss="cross_entropy",
        random_state=0,
    ).fit(scaler.transform(A).astype(np.float32))
    expected = encoder.transform(scaler.transform(X).astype(np.float32))
    np.testing.assert_allclose(np.load(output, allow_pickle=False), expected, rtol=1e-4)
    assert sorted(os.listdir(tmp_path)) == ["codes.npy", "data.npz"]


def test_plot_and_output_replace_what_was_there(data, tmp_path, capsys):
    plot, output = tmp_path / "picture.png", tmp_path / "codes.npy"
    plot.write_bytes(b"old")
    output.write_bytes(b"old")
    argv = [*QUICK, "--labelled", "20", "--plot", str(plot), "--output", str(output)]
    assert main(["--data", str(data), *argv]) == 0
    err = capsys.readouterr().err
    sizes = [f"on {size} rows, draw 2 of 2" in err for size in (10, 20, 40, 80)]
    assert sizes == [True, True, True, False]
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert np.load(output).shape == (150, 3)
    assert sorted(os.listdir(tmp_path)) == ["codes.npy", "data.npz", "picture.png"]


@pytest.mark.parametrize("failing", ["replace", "write"])
def test_failed_write_leaves_the_old_output(data, tmp_path, capsys, monkeypatch, failing):
    output = tmp_path / "codes.npy"
    output.write_bytes(b"old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "replace") if failing == "replace" else (os, "fsync")), full)
    assert main(["--data", str(data), *QUICK, "--output", str(output)]) == 2
    monkeypatch.undo()
    err = capsys.readouterr().err.splitlines()[-1]
    assert err.endswith(
        "codes.npy cannot be written: No space left on device; what was there is untouched. Free it, "
        "or name another."
    )
    assert output.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["codes.npy", "data.npz"]


ARGUMENT_ERRORS = {
    "--alphas 0.1 -1": "argument --alphas: invalid float from 1e-09 to 1.79769e+308 value: '-1'",
    "--alphas 0": "invalid float from 1e-09 to 1.79769e+308 value: '0'",
    "--alphas nan": "invalid float from 1e-09 to 1.79769e+308 value: 'nan'",
    "--alphas inf": "invalid float from 1e-09 to 1.79769e+308 value: 'inf'",
    "--alphas 0.1 x": "invalid float from 1e-09 to 1.79769e+308 value: 'x'",
    "--noise -1": "argument --noise: invalid float from 0 to 1.79769e+308 value: '-1'",
    "--draws 0": "invalid int from 1 to",
    "--labelled 0": "invalid int from 1 to",
    "--labelled 2000": "--labelled 2000 is more than the 1257 labelled rows to train on; lower it",
    "--labelled 40": "class 0 has 4 of 40 labels, fewer than --cv 5 folds; label more of it, drop it, or",
    "--save model.pkl": "model.pkl cannot be written: it must end in .skops; name another file",
    "--alphas": "expected at least one argument",
    f"--seed {9**400}": "argument --seed: invalid int from 0 to 4.29497e+09 value",
    "--n-components 0": "argument --n-components: invalid int from 1 to 9.22337e+18 value: '0'",
    "--n-components 2.5": "invalid int from 1 to 9.22337e+18 value: '2.5'",
    "--cv 1": "argument --cv: invalid int from 2 to",
    "--seed -1": "argument --seed: invalid int from 0 to 4.29497e+09 value: '-1'",
    "--max-iter 0": "invalid int from 1 to",
    "--train-rows 0": "invalid int from 1 to",
    "--target y": "--target y is for --data, which is not given; give it",
    "--colour blue": "error: unrecognized arguments: --colour blue",
    "--train-rows 1797": "train_size=1797 should be either positive and smaller than the number of samples 1797",
    "--cv 40": "of 100 labels, fewer than --cv 40 folds; label more of it, drop it, or change --cv or",
    "--train-rows 1796": "The test_size = 1 should be greater or equal to the number of classes = 10",
    "--output there/codes.npy": "codes.npy cannot be written: it needs a folder",
    "--output codes.csv": "codes.csv cannot be written: it must end in .npy; name another file",
    "--output folder.npy": "folder.npy cannot be written: it is no plain file; name another file",
    "--plot there/picture.png": "picture.png cannot be written: it needs a folder",
    "--output lost.npy": "lost.npy cannot be written: it needs a folder",
    "--output loop.npy": "loop.npy cannot be written: it is no plain file",
    "--data loop.npy --output codes.npy": "loop.npy cannot be read: [Errno 40] Too many levels of symbolic links",
    f"--max-iter {10**400}": "invalid int from 1 to 9.22337e+18 value",
    f"--n-components {10**400}": "invalid int from 1 to 9.22337e+18 value",
    f"--alphas {10**400}": "argument --alphas: invalid float from 1e-09 to",
    "--plot picture.doc": "picture.doc cannot be written: it must end in .png or .pdf or .svg",
}


@pytest.mark.parametrize("line", ARGUMENT_ERRORS)
def test_arguments_are_checked_before_training(tmp_path, capsys, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.npy").mkdir()
    for name, target in (("loop.npy", "loop.npy"), ("lost.npy", "nowhere/codes.npy")):
        (tmp_path / name).symlink_to(target)
    assert ARGUMENT_ERRORS[line] in refused(capsys, line.split())
    assert sorted(os.listdir(tmp_path)) == ["folder.npy", "loop.npy", "lost.npy"]


def test_unwritable_folder(data, capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert f"it needs a folder {data.parent} to write in; name another file." in refused(
        capsys, ["--data", data, "--output", data.with_name("codes.npy")]
    )


def test_output_may_not_replace_the_data(tmp_path, capsys):
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", IRIS.target)
    for name in ("X.npy", "y.npy"):
        argv = [
            "--data",
            tmp_path / "X.npy",
            "--target",
            tmp_path / "y.npy",
            "--output",
            tmp_path / name,
        ]
        assert "would replace the data; name another file" in refused(capsys, argv)


def with_value(value):
    changed = X.copy()
    changed[7, 2] = value
    return changed


ARRAY_ERRORS = {
    "inf": (
        with_value(np.inf),
        IRIS.target,
        "{path} cannot be read: Input contains infinity or a value too large for dtype('float64'); "
        "give arrays of numbers, X and y with a label for each row, or one that has",
    ),
    "one class": (
        X,
        np.zeros(150, int),
        "y has 1 classes, where 2 are needed; choose another --target",
    ),
    "rare": (
        X,
        np.r_[np.zeros(149, int), 1],
        "only 1 member, which is too few",
    ),
    "few rows": (
        X,
        np.r_[np.zeros(146, int), [1, 1, 1, 1]],
        "class 1 has 3 of 105 labels, fewer than --cv 4 folds; label more of it",
    ),
    "text": (
        np.full(X.shape, "red"),
        IRIS.target,
        "{path} cannot be read: could not convert string to float: ",
    ),
    "images": (
        X.reshape(150, 2, 2),
        IRIS.target,
        "Found array with dim 3",
    ),
    "lengths": (
        X,
        IRIS.target[:-1],
        "Found input variables with inconsistent numbers of samples: [150, 149]; give",
    ),
    "one-hot": (
        X,
        np.eye(3)[IRIS.target],
        "y should be a 1d array, got an array of shape (150, 3) instead",
    ),
    "unlabelled": (
        X,
        np.full(150, np.nan),
        "y has 0 classes, where 2 are needed; choose another --target",
    ),
    "complex": (
        X,
        IRIS.target * 1j,
        "{path} cannot be read: Complex data not supported",
    ),
    "one label": (X, np.array(1), "Input should have at least 1 dimension"),
    "regression": (
        X,
        X[:, 0],
        "Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects",
    ),
    "objects": (
        X,
        NAMES.astype(object),
        "cannot be read: Object arrays cannot be loaded when allow_pickle=False",
    ),
    "no rows": (
        X[:0],
        IRIS.target[:0],
        "Found array with 0 sample(s) (shape=(0, 4)) while a minimum of 1 is required; give",
    ),
}


@pytest.mark.parametrize("case", ARRAY_ERRORS)
def test_arrays_that_cannot_be_used(tmp_path, capsys, case):
    rows, labels, message = ARRAY_ERRORS[case]
    path = save_npz(tmp_path / "data.npz", rows, labels)
    assert message.format(path=path) in refused(
        capsys, ["--data", path, *QUICK, "--cv", "4", "--output", tmp_path / "codes.npy"]
    )
    assert os.listdir(tmp_path) == ["data.npz"]


@pytest.mark.parametrize(
    ("target", "suffix"), [("colour", "csv"), ("9", "csv"), ("1.5", "npy"), ("-6", "npy")]
)
def test_unknown_column(tmp_path, capsys, target, suffix):
    path = tmp_path / f"data.{suffix}"
    if suffix == "csv":
        frame().to_csv(path, index=False)
    else:
        np.save(path, frame().to_numpy())
    known = "a, b, c, d, kind" if suffix == "csv" else "0, 1, 2, 3, 4"
    message = (
        f"{path} cannot be read: --target {target} is neither name nor number of a column; it has 5: "
        f"{known}; give"
    )
    assert message in refused(capsys, ["--data", path, f"--target={target}"])


@pytest.mark.parametrize("suffix", ["npz", "npy", "csv", "parquet"])
def test_files_that_cannot_be_read(tmp_path, capsys, suffix):
    path = tmp_path / f"data.{suffix}"
    for remedy in (
        f"{path} cannot be read: [Errno 2] No such file",
        f"; give {_files.READERS[path.suffix][1]}.",
    ):
        assert remedy in refused(capsys, ["--data", path])
    path.write_bytes(b"")
    words = "No columns to parse from file; give" if suffix == "csv" else ""
    assert f"{path} cannot be read: {words}" in refused(capsys, ["--data", path])
    path.write_bytes(b"PK\x03\x04\xff\x00garbage")
    words = "'utf-8' codec can't decode byte 0xff in position 4" if suffix == "csv" else ""
    assert f"{path} cannot be read: {words}" in refused(capsys, ["--data", path])
    path.unlink()
    path.mkdir()
    assert str(path) in refused(capsys, ["--data", path])


def test_other_formats_and_wrong_contents(tmp_path, capsys, data):
    assert "data.xls must end in one of .npz, .npy, .csv, .tsv, .parquet" in refused(
        capsys, ["--data", "data.xls"]
    )
    assert "'label is not a file in the archive'; give arrays of numbers, X and y with" in refused(
        capsys, ["--data", data, "--target", "label"]
    )
    np.save(tmp_path / "row.npy", X[:, 0])
    assert "Expected 2D array, got 1D array instead" in refused(
        capsys, ["--data", tmp_path / "row.npy"]
    )


def test_what_is_in_a_file_of_arrays_decides_and_not_its_name(tmp_path, data):
    np.testing.assert_array_equal(_files.read(data.rename(tmp_path / "a.npy"), None)[0], X)
    np.save(tmp_path / "b.npy", np.c_[X, IRIS.target])
    path = (tmp_path / "b.npy").rename(tmp_path / "b.npz")
    np.testing.assert_array_equal(_files.read(path, None)[0], X)


def test_a_compressed_table_is_the_same_table(tmp_path):
    for suffix in ("csv.gz", "csv.zip", "tsv.bz2"):
        path = tmp_path / f"data.{suffix}"
        frame(NAMES).to_csv(path, index=False, sep="\t" if suffix[0] == "t" else ",")
        rows, labels = _files.read(path, None)
        np.testing.assert_array_equal(rows, X)
        np.testing.assert_array_equal(labels, NAMES)


def test_pickles_are_never_opened(tmp_path, capsys):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    np.save(tmp_path / "data.npy", np.array([[Trap(), 1]], dtype=object))
    assert "allow_pickle=False" in refused(capsys, ["--data", tmp_path / "data.npy"])
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("module", "argv", "remedy"),
    [
        (
            "pandas",
            ["--data", "data.csv"],
            "import of pandas halted; None in sys.modules; pip install pandas",
        ),
        (
            "pyarrow",
            ["--data", "data.parquet"],
            "pyarrow is required for parquet support",
        ),
        (
            "skops",
            ["--save", "p.skops"],
            "import of skops halted; None in sys.modules; pip install skops",
        ),
        (
            "matplotlib",
            ["--plot", "p.png"],
            "import of matplotlib halted; None in sys.modules; pip install matplotlib",
        ),
    ],
)
def test_missing_optional_modules(tmp_path, capsys, monkeypatch, module, argv, remedy):
    monkeypatch.chdir(tmp_path)
    for name in ("data.csv", "data.parquet"):
        (tmp_path / name).write_text("a,kind\n1,0\n")
    monkeypatch.setitem(sys.modules, module, None)
    assert remedy in refused(capsys, argv)


def result(method, right, cv_accuracy, noisy=None):
    """A method that is right on held-out rows where ``right`` is, in every draw."""
    right, noisy = (np.atleast_2d(np.array(rows, bool)) for rows in (right, noisy or right))
    choice = "C 10", None, cv_accuracy
    return _comparison.Result(method, [choice] * len(right), {0.0: right, 0.2: noisy})


def verdict(results, noise):
    return __main__.verdict(results, max(results, key=lambda one: one.cv_accuracy), noise)


GOOD, BAD = [1] * 90 + [0] * 10, [1] * 60 + [0] * 40


def test_verdict_is_by_cross_validation_and_by_paired_differences():
    results = [
        result("raw", GOOD, 0.7),
        result("PCA", BAD, 0.7, GOOD),
        result("plain", [1] * 100, 0.9),
        result("contractive", GOOD, 0.9, BAD),
    ]
    clean, noisy = verdict(results, 0.2).split("Held-out rows with noise of 0.2: ")
    assert "Winner by cross-validation: plain, 90.0%; it scores 100.0% ± 0.0 of held-out" in clean
    assert "Held-out rows as they are: contraction scores 90.0% ± 3.0." in clean
    assert "+0.0 points against raw (standard error 0.0): no difference is shown" in clean
    assert "+30.0 points against PCA (standard error 4.6): better" in clean
    assert "-10.0 points against plain (standard error 3.0): worse" in clean
    assert "contraction scores 60.0% ± 4.9." in noisy
    assert "-30.0 points against PCA (standard error 4.6): worse" in noisy
    assert verdict(results, 0.0).count("Held-out rows") == 1


def test_the_standard_error_is_of_draws_and_of_rows():
    draw = np.random.RandomState(0)
    one = np.array(GOOD)[None]
    assert __main__.mean_and_error(one) == (0.9, pytest.approx(np.sqrt(0.9 * 0.1 / 99)))
    of_draws = np.repeat(draw.rand(20, 1), 100, axis=1)
    assert __main__.mean_and_error(of_draws)[1] == pytest.approx(
        of_draws[:, 0].std(ddof=1) / np.sqrt(20)
    )
    assert __main__.mean_and_error(np.repeat(one, 2, axis=0))[1] == pytest.approx(
        __main__.mean_and_error(one)[1]
    )


def test_what_was_chosen_most_often():
    choices = [(f"alpha {alpha}, C 10", None, 0.5) for alpha in (3, 1, 3)]
    several = _comparison.Result("contractive", choices, {})
    assert several.settings == "alpha 3, C 10 (2 of 3)"
    assert several._replace(choices=choices[1:2]).settings == "alpha 1, C 10"


def test_rivals_have_equally_many_settings():
    known = np.arange(150)
    table = _comparison.Data(None, np.tile(X / 8, 8), X, known, known[:0], known)
    encoders = _comparison.fitted(table, parse(["--max-iter", "1"]))
    sizes = {method: len(of_method) for method, of_method in encoders.items()}
    assert sizes.pop("raw") == 1
    assert {*sizes.values()} == {6}
    assert len(_comparison.CS_OF_RAW) == 6 * len(_comparison.CS)
    distinct = [{*of_method.values()} for of_method in encoders.values()]
    assert [*map(len, distinct)] == [1, 6, 6, 6, 6, 6]


def test_the_picture_shows_all_methods(tmp_path):
    names = ["raw", "PCA", "plain", "masking", "gaussian", "contractive"]
    curves = {size: [result(name, [GOOD, BAD], 0.5) for name in names] for size in (100, 50, 200)}
    text = picture(curves, 100, tmp_path / "p.svg").decode()
    assert all(f"<!-- {name} -->" in text for name in [*names, "50", "100", "200"])
    assert "noise on held-out rows, 100 labelled rows" in text


def test_interrupt_ends_the_comparison(data, tmp_path, capsys, monkeypatch):
    epochs = []

    def press(*args):
        epochs.append(args)
        raise KeyboardInterrupt

    monkeypatch.setattr(_comparison, "choose", press)
    assert main(["--data", str(data), *QUICK, "--output", str(tmp_path / "codes.npy")]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "python -m skcae: interrupted."
    assert len(epochs) == 1
    assert os.listdir(tmp_path) == ["data.npz"]


def test_small_batches_use_one_thread_of_every_library():
    """Threads that wait for each other take ten times as long on a busy machine."""
    with threadpool_limits(2):
        before = [library["num_threads"] for library in threadpool_info()]
        with _comparison.quick_and_quiet(64):
            assert {library["num_threads"] for library in threadpool_info()} == {1}
            assert torch.get_num_threads() == 1
        assert [library["num_threads"] for library in threadpool_info()] == before
        with _comparison.quick_and_quiet(1000):
            assert [library["num_threads"] for library in threadpool_info()] == before


def test_an_interrupted_fit_ends_the_comparison(data, capsys, monkeypatch):
    """A model that is trained alone would end well at Ctrl-C, and warn."""

    def interrupted(group, on_epoch):
        warnings.warn("Training interrupted by user.", stacklevel=1)

    monkeypatch.setattr(_comparison, "fit_group", interrupted)
    assert main(["--data", str(data), *QUICK]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "python -m skcae: interrupted."


def test_defaults_are_digits_with_few_labels():
    args = parse([])
    table = _comparison.Data(None, X, IRIS.target, np.arange(105), np.arange(0), np.arange(45))
    text = describe(args, X, table, [np.arange(100)] * 5)
    assert "Protocol: digits, 150 rows, 4 features, 3 classes; 45 rows are held out" in text
    assert "on 100 of these rows with labels" in text
    assert "draws of the labels: 5." in text
    assert (args.noise, args.cv, args.n_components) == (0.2, 5, 128)


@pytest.mark.slow
def test_the_default_run_shows_what_contraction_is_worth(capsys):
    """100 labels of digits, chosen without a look at held-out rows."""
    assert main([]) == 0
    rows = rows_of(capsys.readouterr().out)
    *rivals, _, (_, _, clean, noisy) = rows.values()  # gaussian noise is a contraction too
    assert len(rivals) == 4
    assert all(clean > rival[2] and noisy > rival[3] for rival in rivals)


def test_exit_status_of_the_command():
    command = [sys.executable, "-m", "skcae", "--data", "missing.npz"]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr == (
        "python -m skcae: missing.npz cannot be read: [Errno 2] No such file or directory: "
        f"'missing.npz'; give {_files.ARRAYS}.\n"
    )
