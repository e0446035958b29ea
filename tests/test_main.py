"""``python -m skcae``: formats, errors, results and what is left on disk."""

import os
import subprocess
import sys

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, _comparison, _files
from skcae.__main__ import describe, main, parse
from skcae.inspection import contraction

pytestmark = pytest.mark.filterwarnings("ignore:Maximum iterations")

IRIS = load_iris()
X, NAMES = IRIS.data, IRIS.target_names[IRIS.target]
QUICK = ["--n-components", "3", "--max-iter", "3", "--cv", "2", "--alphas", "0.1"]


def save_npz(path, X=X, y=IRIS.target):
    np.savez(path, X=X, y=y)
    return path


def frame(y=IRIS.target):
    return pandas.DataFrame(X, columns=list("abcd")).assign(kind=y)


def rows_of(out):
    """The table's cells by name and alpha."""
    lines = out.split("\n\n")[1].splitlines()[1:]
    cells = [line.rsplit(maxsplit=6) for line in lines]
    return {(name, alpha): values for name, alpha, *values in cells}


@pytest.fixture
def data(tmp_path):
    return save_npz(tmp_path / "data.npz")


def refused(capsys, argv):
    """The one line on stderr of a run that ends with status 2 before it prints any result."""
    assert main([str(argument) for argument in argv]) == 2
    out, err = capsys.readouterr()
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
    np.savez(tmp_path / "named.npz", X=X, labels=IRIS.target[:, None])
    cases = {
        "both.npy": None,
        "X.npy": str(tmp_path / "y.npy"),
        "first.npy": "0",
        "data.csv": None,
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
            with pytest.raises(ValueError, match="real numbers, not classes"):
                _files.read(tmp_path / "data.csv", target)
    assert _files._column("f", "0", ["1", "0"]) == 1  # a name before a number


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_string_classes(tmp_path, capsys, suffix):
    path = tmp_path / f"data.{suffix}"
    (frame(NAMES).to_csv(path, index=False) if suffix == "csv" else frame(NAMES).to_parquet(path))
    assert main(["--data", str(path), "--target", "kind", *QUICK, "--train-rows", "100"]) == 0
    assert "3 classes; 100 labelled rows to train on, 50 held out" in capsys.readouterr().out


def test_table_holds_what_the_protocol_says(data, capsys):
    """Every number is the one that scikit-learn gives for a pipeline built here, by hand."""
    alphas = [0.0, 0.1]
    assert main(["--data", str(data), *QUICK, "--seed", "3"]) == 0
    out, err = capsys.readouterr()
    assert (
        "150 rows, 4 features, 3 classes; 112 labelled rows to train on, 38 held out, stratified; seed 3."
        in out
    )
    assert "2-fold cross-validation" in out
    head = out.split("\n\n")[1].splitlines()[0]
    columns = [
        "codes",
        "alpha",
        "CV accuracy",
        "held-out accuracy",
        "mean ||J||_F^2",
        "reconstruction error",
        "seconds",
    ]
    assert [column for column in columns if column in head] == columns
    assert "7/7 cross-validated: denoising 0.5" in err
    assert "contractive, alpha 0.1" in err
    assert "cross-validated:" not in out

    A, B, a, b = train_test_split(
        X, IRIS.target, train_size=112, stratify=IRIS.target, random_state=3
    )
    folds, common = (
        StratifiedKFold(2, shuffle=True, random_state=3),
        {"max_iter": 3, "random_state": 3},
    )
    codes = {("raw", "-"): "passthrough", ("PCA (3)", "-"): PCA(3, random_state=3)}
    codes |= {
        ("contractive" if alpha else "plain", f"{alpha:g}"): ContractiveAutoencoder(
            3, alpha=alpha, **common
        )
        for alpha in alphas
    }
    codes |= {
        (f"denoising {level}", "-"): DenoisingAutoencoder(3, corruption_level=level, **common)
        for level in (0.1, 0.3, 0.5)
    }
    found = rows_of(out)
    assert list(found) == list(codes)
    for key, step in codes.items():
        pipe = make_pipeline(StandardScaler(), step, LogisticRegression(max_iter=1000))
        score = cross_val_score(pipe, A, a, cv=folds).mean()
        Z = pipe.fit(A, a)[0].transform(B)
        cells = [f"{score:.1%}", f"{pipe.score(B, b):.1%}"]
        if step == "passthrough":
            cells += ["4.000", "0.000"]
        elif isinstance(step, PCA):
            error = ((Z - step.inverse_transform(step.transform(Z))) ** 2).sum(axis=1).mean()
            cells += ["3.000", f"{error:.3f}"]
        else:
            cells += [f"{contraction(step, Z).mean():.3f}", f"{-step.score(Z):.3f}"]
        assert found[key][:4] == cells, key


def test_output_is_the_codes_of_the_printed_pipeline(data, tmp_path, capsys):
    output = tmp_path / "codes.npy"
    assert main(["--data", str(data), *QUICK, "--output", str(output)]) == 0
    out = capsys.readouterr().out
    alpha = float(out.split("codes of all rows by")[1].split("alpha ")[1].rstrip(".\n"))
    found = rows_of(out)
    scores = {
        float(key[1]): float(values[0][:-1])
        for key, values in found.items()
        if key[0] in ("plain", "contractive")
    }
    assert alpha == max(scores, key=scores.get)
    A, _, a, _ = train_test_split(
        X, IRIS.target, train_size=112, stratify=IRIS.target, random_state=0
    )
    pipe = make_pipeline(
        StandardScaler(), ContractiveAutoencoder(3, alpha=alpha, max_iter=3, random_state=0)
    )
    np.testing.assert_allclose(
        np.load(output, allow_pickle=False), pipe.fit(A, a).transform(X), rtol=1e-10
    )
    assert sorted(os.listdir(tmp_path)) == ["codes.npy", "data.npz"]


def test_plot_and_output_replace_what_was_there(data, tmp_path):
    plot, output = tmp_path / "picture.png", tmp_path / "codes.npy"
    plot.write_bytes(b"old")
    output.write_bytes(b"old")
    assert main(["--data", str(data), *QUICK, "--plot", str(plot), "--output", str(output)]) == 0
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
        "codes.npy cannot be written: No space left on device; what was there is untouched. Free it, or name another."
    )
    assert output.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["codes.npy", "data.npz"]


ARGUMENT_ERRORS = {
    "--alphas 0 -1": "-1 is not a number of at least 0, as it must be",
    "--alphas nan": "nan is not a number of at least 0",
    "--alphas inf": "inf is not a number of at least 0",
    "--alphas 0.1 x": "x is not a number of at least 0",
    "--alphas 1 0.1 1.0": "--alphas 1 0.1 1 names an alpha twice; give each once",
    "--alphas": "expected at least one argument",
    f"--seed {9**400}": "is not an integer of at least 0 and at most 4294967295",
    "--n-components 0": "0 is not an integer of at least 1",
    "--n-components 2.5": "2.5 is not an integer of at least 1",
    "--cv 1": "1 is not an integer of at least 2",
    "--seed -1": "-1 is not an integer of at least 0 and at most 4294967295",
    "--max-iter 0": "0 is not an integer of at least 1",
    "--train-rows 0": "0 is not an integer of at least 1",
    "--target y": "--target y is for --data, which is not given",
    "--colour blue": "unrecognized arguments: --colour blue; see python -m skcae --help",
    "--train-rows 1797": "1797 of 1797 rows to train on leave none to hold out; lower --train-rows, or give more rows",
    "--cv 40": "rows, hence 29 to train on and 148 held out, where --cv 40 needs 40 and 1; give more rows of it",
    "--output there/codes.npy": "codes.npy cannot be written: there is no folder",
    "--output codes.csv": "codes.csv must end in .npy; choose such a name",
    "--output folder.npy": "folder.npy is a directory, where a file is to be written; name a file in it",
    "--plot there/picture.png": "picture.png cannot be written: there is no folder",
    "--output lost.npy": "lost.npy cannot be written: there is no folder",
    "--output loop.npy": "loop.npy is a link that leads back to itself; remove it, or name another",
    "--data loop.npy --output codes.npy": "loop.npy does not exist; check its name and folder",
    f"--max-iter {10**400}": "is not an integer of at least 1 and at most 9223372036854775807",
    f"--n-components {10**400}": "is not an integer of at least 1 and at most 9223372036854775807",
    f"--alphas {10**400}": "is not a number of at least 0, as it must be",
    "--plot picture.doc": "picture.doc must end in .png or .pdf or .svg",
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
    assert "is not writable; name another." in refused(
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
    "nan": (
        with_value(np.nan),
        IRIS.target,
        "1 values that are missing, NaN or infinite, the first in row 7, feature 2",
    ),
    "inf": (with_value(np.inf), IRIS.target, "impute them, or drop these rows"),
    "one class": (X, np.zeros(150, int), "the only class is 0; give rows of two classes"),
    "few rows": (
        X,
        np.r_[np.zeros(147, int), [1, 1, 1]],
        "class 1 has 3 rows, hence 2 to train on and 0 held out, where --cv 2",
    ),
    "text": (X.astype(str), IRIS.target, "which is not numeric; encode it as numbers"),
    "images": (
        X.reshape(150, 2, 2),
        IRIS.target,
        "has shape (150, 2, 2), where rows and columns are expected; reshape",
    ),
    "lengths": (X, IRIS.target[:-1], "has 150 rows, but 149 labels; give one label to each row"),
    "one-hot": (
        X,
        np.eye(3)[IRIS.target],
        "labels of {path} have shape (150, 3); give one label to each row",
    ),
    "unlabelled": (
        X,
        np.r_[IRIS.target[:-1].astype(float), np.nan],
        "rows without a label (missing or NaN); drop them",
    ),
    "regression": (X, X[:, 0], "real numbers, not classes; choose another --target, or bin them"),
    "objects": (
        X,
        NAMES.astype(object),
        "cannot be read as .npz: Object arrays cannot be loaded when allow_pickle=False",
    ),
    "no rows": (X[:0], IRIS.target[:0], "has shape (0, 4)"),
}


@pytest.mark.parametrize("case", ARRAY_ERRORS)
def test_arrays_that_cannot_be_used(tmp_path, capsys, case):
    rows, labels, message = ARRAY_ERRORS[case]
    path = save_npz(tmp_path / "data.npz", rows, labels)
    assert message.format(path=path) in refused(
        capsys, ["--data", path, *QUICK, "--output", tmp_path / "codes.npy"]
    )
    assert os.listdir(tmp_path) == ["data.npz"]


TEXT_ERRORS = {
    "a,b,kind\n1,x,0\n2,y,1\n": "column 'b' of {path} is not numeric; drop it, or encode it as numbers",
    "a,b,kind\n1,,0\n2,3,1\n": "1 values that are missing, NaN or infinite, the first in row 0, feature 1",
    "a,b,kind\n1,2,\n2,3,1\n": "has rows without a label",
    ",a,kind\n0,1,0\n1,2,1\n": "has a column without a name, perhaps row numbers; drop it, or save with index=False",
    "5.1,3.5,0\n4.9,3.0,1\n": "has the numbers 5.1, 3.5, 0 where names of columns are expected; add a header line",
    "a;b;kind\n1;2;0\n": "has shape (1, 0), where rows and columns are expected",
    'a,b\n1,2\n1,2,3,4\n"': "cannot be read as .csv: Error tokenizing data",
}


@pytest.mark.parametrize("text", TEXT_ERRORS)
def test_csv_that_cannot_be_used(tmp_path, capsys, text):
    path = tmp_path / "data.csv"
    path.write_text(text)
    assert TEXT_ERRORS[text].format(path=path) in refused(capsys, ["--data", path])


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
        f"--target {target} is not a column of {path}; it has 5: {known}. Name one, or its number."
    )
    assert message in refused(capsys, ["--data", path, f"--target={target}"])


@pytest.mark.parametrize("suffix", ["npz", "npy", "csv", "parquet"])
def test_files_that_cannot_be_read(tmp_path, capsys, suffix):
    path = tmp_path / f"data.{suffix}"
    assert f"{path} does not exist; check its name and folder." in refused(capsys, ["--data", path])
    path.write_bytes(b"")
    assert f"{path} is empty, 0 bytes; save the data again." in refused(capsys, ["--data", path])
    path.write_bytes(b"PK\x03\x04\xff\x00garbage")
    assert f"{path} cannot be read as .{suffix}: " in refused(capsys, ["--data", path])
    path.unlink()
    path.mkdir()
    assert f"{path} is not a file but a directory or a device; name a file." in refused(
        capsys, ["--data", path]
    )


def test_other_formats_and_wrong_contents(tmp_path, capsys, data):
    assert "data.xls must end in one of .npz, .npy, .csv, .parquet" in refused(
        capsys, ["--data", "data.xls"]
    )
    assert "has no array 'label', only ['X', 'y']; save with" in refused(
        capsys, ["--data", data, "--target", "label"]
    )
    data.rename(tmp_path / "archive.npy")
    assert "must hold one array of two dimensions" in refused(
        capsys, ["--data", tmp_path / "archive.npy"]
    )
    np.save(tmp_path / "row.npy", X[:, 0])
    assert "must hold one array of two dimensions" in refused(
        capsys, ["--data", tmp_path / "row.npy"]
    )
    (tmp_path / "row.npy").rename(tmp_path / "row.npz")
    assert "holds one array without a name; save with numpy.savez" in refused(
        capsys, ["--data", tmp_path / "row.npz"]
    )


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
            "reading data.csv needs pandas, which cannot be imported; pip install pandas.",
        ),
        (
            "pyarrow",
            ["--data", "data.parquet"],
            "needs pandas and pyarrow, which cannot be imported; pip install pandas pyarrow.",
        ),
        (
            "matplotlib",
            ["--plot", "p.png"],
            '--plot needs matplotlib, which cannot be imported; pip install "skcae[plot]".',
        ),
    ],
)
def test_missing_optional_modules(tmp_path, capsys, monkeypatch, module, argv, remedy):
    monkeypatch.chdir(tmp_path)
    for name in ("data.csv", "data.parquet"):
        (tmp_path / name).write_text("a,kind\n1,0\n")
    monkeypatch.setitem(sys.modules, module, None)
    assert remedy in refused(capsys, argv)


def row(name_alpha, correct, cv_accuracy):
    """A row of the table whose held-out rows are right where ``correct`` is."""
    name, alpha = name_alpha
    codes = {
        "raw": "passthrough",
        "PCA": PCA(2),
        "denoising": DenoisingAutoencoder(2),
    }.get(name, ContractiveAutoencoder(2, alpha=alpha))
    pipe = _comparison.Pipeline(
        [("scaler", StandardScaler()), ("codes", codes), ("classifier", LogisticRegression())]
    )
    return _comparison.Row(pipe, cv_accuracy, np.array(correct, bool), 1.0, 1.0, 1.0)


def test_verdict_is_by_cross_validation_and_says_what_did_not_help():
    good, bad = [1] * 90 + [0] * 10, [1] * 60 + [0] * 40
    rows = [row(("raw", 0), good, 0.7), row(("PCA", 0), bad, 0.7), row(("plain", 0.0), bad, 0.8)]
    rows += [
        row(("contractive", 0.1), good, 0.9),
        row(("contractive", 1.0), bad, 0.6),
        row(("denoising", 0), [1] * 100, 0.8),
    ]
    text = _comparison.verdict(rows)
    assert (
        "Winner by cross-validation: contractive, alpha 0.1, 90.0%; it scores 90.0% of held-out rows (standard error 3.0%)."
        in text
    )
    assert "+30.0 points against plain, 60.0% (standard error 4.6): better" in text
    assert "+0.0 points against raw, 90.0% (standard error 0.0): within two standard errors" in text
    assert "-10.0 points against denoising 0.3, 100.0% (standard error 3.0): worse" in text
    assert "did not help" not in text
    assert "Equal" not in text
    rows[3] = row(("contractive", 0.1), good, 0.8)
    assert "Winner by cross-validation: plain, alpha 0, 80.0%" in _comparison.verdict(
        rows
    )  # of equals the simpler
    assert (
        "Equal in cross-validation, and not named for coming later in the table: contractive, alpha 0.1; denoising 0.3."
        in (_comparison.verdict(rows))
    )
    assert (
        "No alpha did better than 0 in cross-validation: contraction did not help there."
        in _comparison.verdict(rows)
    )
    assert "No alpha above 0 was tried" in _comparison.verdict(rows[:3])


def test_interrupt_ends_the_search(data, tmp_path, capsys, monkeypatch):
    """The first epoch of a fit is done when Ctrl-C comes, so that the fit itself ends without an error."""
    epochs = []

    def press(self, epoch):
        epochs.append(epoch)
        if len(epochs) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ContractiveAutoencoder, "_report", press)
    assert main(["--data", str(data), *QUICK, "--output", str(tmp_path / "codes.npy")]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "python -m skcae: interrupted."
    assert len(epochs) == 2
    assert os.listdir(tmp_path) == ["data.npz"]


def test_defaults_are_digits_with_few_labels():
    args = parse([])
    assert args.alphas == sorted(args.alphas)
    assert args.alphas[0] == 0
    text = describe(args, np.zeros((1797, 64)), np.arange(1797) % 10, 300)
    assert (
        "Protocol: digits, 1797 rows, 64 features, 10 classes; 300 labelled rows to train on, 1497 held out"
        in text
    )


def test_exit_status_of_the_command():
    command = [sys.executable, "-m", "skcae", "--data", "missing.npz"]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert (
        failed.stderr == "python -m skcae: missing.npz does not exist; check its name and folder.\n"
    )
