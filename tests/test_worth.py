"""What contraction is worth: the sets are what they say, the protocol is exact, findings follow from the rows."""

import re
import runpy
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from estimators import any_fit
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from skcae import ContractiveAutoencoder

README = Path(__file__).parent.parent / "README.md"
DOCS = README.parent / "docs"
pytestmark = any_fit


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """As when Python is started with one of the scripts."""
    for folder in ("computed", "benchmarks"):
        monkeypatch.syspath_prepend(str(DOCS / folder))


# The sets


def test_convex_regions_are_told_by_every_pair_of_pixels():
    """The middle of two pixels of a convex region is in it, where it is a pixel."""
    import _images

    X, y = _images.convex(60, 0)
    grid = _images.GRID.astype(int)
    for row, is_convex in zip(X.reshape(60, 28, 28), y, strict=True):
        pixels = grid[row.ravel() > 0]
        middles = (pixels[:, None] + pixels[None]) / 2
        middles = middles[(middles % 1 == 0).all(-1)].astype(int)
        holes = row[middles[:, 0], middles[:, 1]] == 0
        assert not (is_convex and holes.any())
    others = X[~y].reshape(-1, 28, 28)
    assert not any(_images.is_convex(row.ravel() > 0) for row in others)


def test_the_hull_of_a_region_tells_whether_it_is_convex():
    import _images

    square = np.zeros((28, 28), dtype=bool)
    square[5:15, 8:20] = True
    with_a_hole, with_a_corner = square.copy(), square.copy()
    with_a_hole[9, 12] = False
    with_a_corner[5:8, 8:10] = False
    found = [_images.is_convex(one.ravel()) for one in (square, with_a_hole, with_a_corner)]
    assert found == [True, False, False]


def test_areas_do_not_tell_whether_a_region_is_convex():
    import _images

    X, y = _images.convex(400, 0)
    assert y.mean() == 0.5
    assert X[y].sum(1).mean() == pytest.approx(X[~y].sum(1).mean(), rel=0.02)


def test_rectangles_are_outlines_of_their_class():
    import _images

    X, y = _images.rectangles(50, 0)
    for row, is_high in zip(X.reshape(50, 28, 28), y, strict=True):
        rows, columns = np.nonzero(row)
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert abs(height - width) >= 3
        assert is_high == (height > width)
        inside = max(0, height - 2) * max(0, width - 2)
        assert row.sum() == height * width - inside


def test_rotated_images_keep_what_is_in_the_middle():
    import _images

    X = np.zeros((20, 28, 28), dtype=np.float32)
    X[:, 11:17, 11:17] = 1
    X[:, 4:6, 13:15] = 1
    found = _images.rotated(X.reshape(20, -1), 0).reshape(20, 28, 28)
    assert found[:, 12:16, 12:16].min() > 0.9
    assert len({row.tobytes() for row in found}) == 20


def test_shifted_images_move_by_one_pixel_to_every_side():
    import _sets

    X = np.zeros((200, 8, 8), dtype=np.float32)
    X[:, 4, 4] = 1
    split = _sets.Split(None, None, X.reshape(200, -1), None, (8, 8))
    places = {tuple(np.argwhere(row)[0] - 4) for row in split.under("shifted").reshape(200, 8, 8)}
    assert places == {(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)} - {(0, 0)}


# The protocol


def split_of(n_features=6):
    import _sets

    X = np.random.RandomState(0).uniform(size=(60, n_features))
    return _sets.Split(X, np.arange(60) % 3, X[:10], np.arange(10) % 3, None)


@pytest.mark.parametrize(
    "encoder",
    [
        FunctionTransformer(),
        PCA(3),
        ContractiveAutoencoder(4, max_iter=3, random_state=0),
        ContractiveAutoencoder(4, hidden_layer_sizes=(5,), max_iter=3, random_state=0),
    ],
    ids=["raw", "PCA", "one layer", "deep"],
)
def test_gradients_go_through_the_encoder(encoder):
    import _candidates

    codes = _candidates.Codes("", encoder, split_of())
    X, step = codes.split.X[:1], 1e-6
    backward = np.random.RandomState(1).standard_normal((1, codes.train.shape[1]))
    found = codes.gradient(X, backward)[0]
    for k, move in enumerate(step * np.eye(X.shape[1])):
        change = ((codes.of(X + move) - codes.of(X - move)) * backward).sum() / (2 * step)
        assert found[k] == pytest.approx(change, rel=1e-4, abs=1e-6)


def test_codes_have_one_total_variance_in_every_method():
    import _candidates

    for encoder in (FunctionTransformer(), PCA(3)):
        codes = _candidates.Codes("", encoder, split_of())
        assert codes.train.var(0).sum() == pytest.approx(_candidates.VARIANCE)
        np.testing.assert_allclose(codes.train.mean(0), 0, atol=1e-12)


def test_few_rows_are_classified_the_same_in_the_space_that_they_span():
    import _heads

    random = np.random.RandomState(0)
    X, y = random.standard_normal((30, 50)), np.arange(30) % 3
    Z = _heads.in_their_span(X)
    assert Z.shape == (30, 30)
    np.testing.assert_allclose(Z @ Z.T, X @ X.T, atol=1e-9)
    known = slice(20)
    one, other = (
        LogisticRegression(C=1, tol=1e-10, max_iter=5000).fit(rows[known], y[known])
        for rows in (X, Z)
    )
    np.testing.assert_allclose(
        one.decision_function(X), other.decision_function(Z), rtol=1e-4, atol=1e-4
    )


def test_every_method_tries_as_many_combinations():
    import _candidates
    import _heads

    X, shared = np.random.RandomState(0).uniform(size=(50, 8)), {"n_components": 4}
    for method, settings in _candidates.METHODS.items():
        n_settings = len(list(settings(X, shared)))
        assert n_settings == (1 if method == "raw" else 5)
    for _, values, of_raw in _heads.HEADS.values():
        assert (len(values), len(of_raw)) == (3, 15)


def test_methods_are_those_that_findings_know():
    import _candidates
    import _findings

    assert tuple(_candidates.METHODS) == _findings.METHODS


def quick(monkeypatch, folder):
    import worth

    arguments = ["worth.py", "--quick", "--sets", "rectangles", f"--out={folder}"]
    monkeypatch.setattr(sys, "argv", arguments)
    return worth


def test_an_interrupted_run_goes_on_where_it_was(monkeypatch, tmp_path, capsys):
    worth = quick(monkeypatch, tmp_path)
    few = {name: worth.METHODS[name] for name in ("raw", "PCA", "contractive")}
    monkeypatch.setattr(worth, "METHODS", few)
    measured, rows_of = [], worth.rows_of

    def interrupted(name, method, arguments):
        if method == "PCA" and not measured.count("interrupted"):
            measured.append("interrupted")
            raise KeyboardInterrupt
        measured.append(method)
        return rows_of(name, method, arguments)

    monkeypatch.setattr(worth, "rows_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        worth.main()
    assert measured == ["raw", "contractive", "interrupted"]
    worth.main()
    assert measured == ["raw", "contractive", "interrupted", "PCA", worth.CHOICE]
    assert [path.name for path in tmp_path.iterdir()] == ["worth.csv"]
    assert "UMAP + k-NN: not installed" in capsys.readouterr().out


def test_sets_that_are_not_measured_keep_their_rows(monkeypatch, tmp_path):
    worth = quick(monkeypatch, tmp_path)
    monkeypatch.setattr(worth, "METHODS", {"raw": worth.METHODS["raw"]})
    monkeypatch.setattr(worth, "of_choice", lambda *_: {(50, "labels"): {"chosen": ["alpha 1"]}})
    before = Namespace(out=tmp_path, quick=True)
    worth.write("worth", [{"set": "another"}, {"set": "rectangles", "head": "old"}], before)
    worth.main()
    rows = worth.read_rows(tmp_path / "worth.csv")
    assert rows[0]["set"] == "another"
    assert {row["set"] for row in rows[1:]} == {"rectangles"}
    assert "old" not in {row["head"] for row in rows}


# The findings


def row(method, clean, noisy="50 50 50 50 50", labels=300, name="MNIST"):
    cells = {"clean": clean, "noise 0.3": noisy, "chosen": ""}
    return {"set": name, "labels": labels, "method": method, "head": "logistic regression", **cells}


def test_ties_are_those_that_a_paired_test_does_not_tell_apart():
    import _findings

    rows = [
        row("raw", "70 80 90 75 85"),
        row("masking", "71 79 91 74 86"),  # more or less, by one
        row("gaussian", "70 76 89 71 85"),  # less by 1 to 3
        row("contractive", "70 80 90 75 85"),
    ]
    (line,) = _findings.lines(rows)
    assert line.best() == "masking"
    assert line.best_and_ties() == {"raw", "masking", "contractive"}


def test_goals_say_where_they_are_missed():
    import _findings

    rows = [
        row("raw", "80 81 82 80 81", "60 61 62 60 61"),
        row("contractive", "85 86 87.1 85 86", "70 71 72 70 71"),
        row("raw", "90 91 92 90 91", labels=50, name="wine"),
        row("contractive", "89 90 90.9 89 90", labels=50, name="wine"),
    ]
    (_, everywhere, where), (_, clean, _), (_, noisy, gain) = _findings.goals(rows)
    assert (everywhere, clean, noisy) == (False, True, False)
    assert where == "1 of 2; not on wine, 50"
    assert gain == "+10.0 points"
    ((line, rival),) = _findings.losses(rows)
    assert (line.set, rival) == ("wine", "raw")


def test_the_readme_has_the_table_that_was_measured():
    import _findings

    rows = _findings.read_rows()
    assert _findings.readme_table(rows) in README.read_text("utf-8")
    choice = _findings.CHOICE
    jobs = {
        (row["set"], choice if row["head"] == choice else row["method"]): float(row["seconds"])
        for row in rows
    }
    assert f"in {sum(jobs.values()) / 60:.0f} minutes of one core" in README.read_text("utf-8")


@pytest.mark.parametrize(
    "what", re.findall(r"worth.py ([\w-]+)\n", (DOCS / "benchmarks" / "worth.rst").read_text())
)
def test_the_page_is_computed(what, monkeypatch, capsys):
    if what not in ("labels", "noise"):  # figures
        monkeypatch.setattr(sys, "argv", ["worth.py", what])
        runpy.run_path(str(DOCS / "computed" / "worth.py"))
        assert capsys.readouterr().out.strip()
