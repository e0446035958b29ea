"""Tables of the command: no row, column, class or digit is lost or merged in silence."""

import csv
import datetime
import tempfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris

from skcae import _files

IRIS = load_iris()
FOUR = pd.DataFrame(IRIS.data[:4], columns=list("abcd"))


def classes(y):
    """The distinct labels of rows that have one."""
    return np.unique(np.ma.compressed(y)).tolist()


def read_text(tmp_path, text, target=None, suffix="csv", encoding="utf-8"):
    path = tmp_path / f"data.{suffix}"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return _files.read(path, target)


def refusal(tmp_path, text, **options):
    with pytest.raises(ValueError, match="data") as caught:
        read_text(tmp_path, text, **options)
    return str(caught.value).replace(f"{tmp_path}/", "")


def read_parquet(tmp_path, labels, target=None):
    FOUR.assign(e=range(4), kind=labels).to_parquet(tmp_path / "data.parquet")
    return _files.read(tmp_path / "data.parquet", target)[1]


PLAIN = "x,y,kind\n5.1,2,été\n4.9,3,hiver\n"
DIALECTS = {
    "semicolons": PLAIN.replace(",", ";"),
    "semicolons and decimal commas": PLAIN.replace(",", ";").replace(".", ","),
    "decimal commas in quotes": 'x,y,kind\n"5,1",2,été\n"4,9",3,hiver\n',
    "tabs": PLAIN.replace(",", "\t"),
    "bars": PLAIN.replace(",", "|"),
    "spaces after the comma": PLAIN.replace(",", ",  "),
    "spaces before the comma": PLAIN.replace(",", " ,").replace("\n", " \n"),
    "a comma at the end of every line": PLAIN.replace("\n", ",\n"),
    "blank lines": "\n\n" + PLAIN.replace("\n", "\n\n") + "  \n",
    "lines of Windows": PLAIN.replace("\n", "\r\n"),
    "lines of an old Macintosh": PLAIN.replace("\n", "\r"),
    "quotes everywhere": '"x","y","kind"\n"5.1","2","été"\n"4.9","3","hiver"\n',
    "a byte order mark": "\ufeff" + PLAIN,
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects_are_one_table(tmp_path, dialect):
    rows, labels = read_text(tmp_path, DIALECTS[dialect], "kind")
    assert rows.tolist() == [[5.1, 2], [4.9, 3]]
    assert labels.tolist() == ["été", "hiver"]


def test_a_tsv_file_and_labels_that_hold_what_separates_elsewhere(tmp_path):
    rows, labels = read_text(tmp_path, "x\tkind\n1\ta,b\n2\ta;b\n", suffix="tsv")
    assert rows.tolist() == [[1], [2]]
    assert labels.tolist() == ["a,b", "a;b"]
    _, labels = read_text(tmp_path, 'x,kind\n1,"a,b"\n2,"a\nb"\n3,"say ""a"""\n')
    assert labels.tolist() == ["a,b", "a\nb", 'say "a"']
    _, labels = read_text(tmp_path, 'x, kind\n1, "a,b"\n2, c\n')
    assert labels.tolist() == ["a,b", "c"]


FIVE = "".join(f"{k}.5,2,a\n" for k in range(30))
REFUSED = {
    "x,y,kind\n1,2,a\n3,4\n": "row 2 has fewer values than 3, the names; give UTF-8 text, a header and rows of as many",
    "x,y,kind\n1,2,a\n3,4,b,c\n": "data.csv cannot be read: Expected 3 fields in line 3, saw 4; give UTF-8 text",
    "x,y,kind\n1,2,3,a\n4,5,6,b\n": "Expected 3 fields in line 2, saw 4",
    "Seasons\nx,y,kind\n1,2,a\n": "Expected 1 fields in line 2, saw 3",
    "x, m;y, m;kind\n1,5;2,5;a\n2,5;3,5;b\n": "the name 'm;y' holds a separator; rename it; give",
    "sep=;\nx;y;kind\n1;2;a\n": "Expected 2 fields in line 2, saw 3; give UTF-8 text, a header and rows",
    "x y kind\n1 2 a\n": "Found array with 0 feature(s) (shape=(1, 0)) while a minimum of 1 is required; give UTF-8 text, "
    "a header and rows of as many cells, separated by comma, semicolon, tab or |",
    ",x,kind\n0,1,a\n1,2,b\n": "column 0 has no name; name it, or save with index=False; give",
    "x,,kind\n1,2,a\n": "column 1 has no name; name it, or save with index=False; give",
    ",,\nx,y,kind\n1,2,a\n": "column 0 has no name; name it, or save with index=False; give",
    "x,x,kind\n1,2,a\n": "columns need names that differ, not 'x', 'x', 'kind'; give",
    "kind,x,kind\n1,2,a\n": "columns need names that differ, not 'kind', 'x', 'kind'",
    "5.1,3.5,0\n4.9,3.0,1\n": "the values 5.1, 3.5, 0 are where names are expected; give UTF-8 text, a header",
    "5.1,3.5,a\n4.9,3.0,b\n4.8,3.0,a\n": "the values 5.1, 3.5, a are where names are expected",
    "39,Gov,a\n40,Gov,b\n41,Priv,a\n": "the values 39, Gov, a are where names are expected",
    "red,big,a\nred,big,b\nblue,big,a\n": "the values red, big, a are where names are expected",
    "x,y,kind\n": "Found array with 0 sample(s) (shape=(0, 2)) while a minimum of 1 is required",
    "x,y,kind\n1,2,1.5\n3,4,2.5\n": "Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects",
    'x,y,kind\n"1,234",2,a\n"12,345",3,b\n': "is numbers but for '1,234' in row 1, which is neither empty nor like 1234.5; give",
    'x,y,kind\n"$1,234.5",2,a\n$999,3,b\n': "is numbers but for '$1,234.5' in row 1, which is neither empty nor like 1234.5; give",
    "x\ty\tkind\n1,234\t2\ta\n12,345\t3\tb\n": "is numbers but for '1,234' in row 1, which is neither empty nor like 1234.5; give",
    "x;y;kind\n1.234,5;2;a\n999,5;3;b\n": "is numbers but for '1.234,5' in row 1, which is neither empty nor like 1234.5; give",
    "x;y;kind\n1,5;2.5;a\n3;4;b\n": "column 'y' is numbers but for '2.5' in row 1",
    "x,y,kind\n\u22121,2,a\n\u22123,4,b\n": "column 'x' is numbers but for '\u22121' in row 1",
    "x,y,kind\n5%,2,a\n7%,4,b\n": "column 'x' is numbers but for '5%' in row 1",
    f"x,y,kind\n{FIVE}unknown,3,b\n": "column 'x' is numbers but for 'unknown' in row 31",
    "x,y,kind\ninf,2,a\n-inf,3,b\n": "Input contains infinity or a value too large",
    "x,y,kind\n1,2,é\n".encode(
        "cp1252"
    ): "'utf-8' codec can't decode byte 0xe9 in position 13: invalid continuation byte; give UTF-8 text",
    "x,y,kind\n1,2,夏\n".encode("shift-jis"): "'utf-8' codec can't decode byte 0x89",
    PLAIN.encode(
        "utf-16"
    ): "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte; give UTF-8 text",
    'x,y,kind\n1,2,"a\n3,4,a\n': "data.csv cannot be read: unexpected end of data; give UTF-8 text",
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_understood_is_one_line_that_names_the_place(tmp_path, text):
    assert REFUSED[text] in refusal(tmp_path, text)


def test_names_that_are_numbers(tmp_path):
    """Wavelengths, and the numbers that pandas gives."""
    assert len(read_text(tmp_path, "400.5,401.5,kind\n1,2,a\n3,4,b\n")[1]) == 2
    assert len(read_text(tmp_path, "0,1,2\n1,2,5\n3,4,6\n")[1]) == 2


LABELS = {
    "words for missing values": (["NA", "None", "null", "nan", "n/a", "inf", "?"], None),
    "a number and a word that Python reads as one": (["1.0", "nan"], None),
    "integers": (["1", "2", "-3"], [-3, 1, 2]),
    "integers beyond 2**53": (
        ["9007199254740993", "9007199254740992"],
        [9007199254740992, 9007199254740993],
    ),
    "integers beyond 2**63": (["18446744073709551615", "9223372036854775809"], None),
    "integers beyond 2**64": (["18446744073709551617", "18446744073709551616"], None),
    "integers beyond float64": (["9" * 400, "9" * 399 + "8", "9" * 5000], None),
    "integers that no type holds together": (["9223372036854775809", "-1"], None),
    "whole floats": (["1.0", "2.0"], [1, 2]),
    "zeros of two signs": (["0.0", "-0.0"], None),
    "leading zeros": (["01", "1", "001"], None),
    "another notation": (["1e3", "1000", "1000.0"], None),
    "versions": (["3.1", "3.10", "3.9"], None),
    "booleans": (["True", "False"], None),
    "dates": (["2020-01-01", "2020-01-02"], None),
    "another case": (["cat", "Cat", "CAT"], None),
    "digits of another script": (["\u0661", "1"], None),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_a_csv_file_keep_their_digits(tmp_path, kind):
    labels, expected = LABELS[kind]
    text = "x,kind\n" + "".join(f"{k},{label}\n" for k, label in enumerate(labels))
    found = classes(read_text(tmp_path, text)[1])
    expected = sorted(labels) if expected is None else expected
    assert sorted(map(str, found)) == sorted(map(str, expected))


def test_classes_of_a_large_file_are_of_one_type(tmp_path):
    """The file is read in chunks, in the first of which all labels are numbers."""
    draw = np.random.RandomState(0)
    frame = pd.DataFrame(draw.rand(18000, 64).round(3)).add_prefix("x")
    frame["kind"] = np.r_[draw.choice(["01", "02"], 12000), draw.choice(["01", "A1"], 6000)]
    frame.to_csv(tmp_path / "data.csv", index=False)
    assert classes(_files.read(tmp_path / "data.csv", None)[1]) == ["01", "02", "A1"]


def test_an_empty_label_is_a_row_without(tmp_path):
    rows, labels = read_text(tmp_path, "x,kind\n1,0\n2,\n3,1\n4,  \n")
    assert rows.ravel().tolist() == [1, 2, 3, 4]
    assert np.ma.getmaskarray(labels).tolist() == [False, True, False, True]
    assert labels.compressed().tolist() == [0, 1]
    for y in (np.array([0, np.nan, 1, 0]), np.array(["a", "", "b", "a"])):
        np.savez(tmp_path / "data.npz", X=FOUR, y=y)
        mask = np.ma.getmaskarray(_files.read(tmp_path / "data.npz", None)[1])
        assert mask.tolist() == [False, True, False, False]


@pytest.mark.parametrize("separator", ",;\t|")
def test_a_line_of_separators_alone_is_a_row(tmp_path, separator):
    """Rows stay as many as pandas reads, wherever such a line stands."""
    text = "x,y,kind\n,,\n5,2,a\n , ,\n\n4,red,b\n,,\n,,\n".replace(",", separator)
    rows, labels = read_text(tmp_path, text)
    assert len(rows) == len(pd.read_csv(tmp_path / "data.csv", sep=separator)) == 6
    gone = [True, False, True, False, True, True]
    assert np.ma.getmaskarray(labels).tolist() == gone
    assert rows["x"].isna().tolist() == rows["y"].isna().tolist() == gone


def test_a_class_named_nat_is_a_class(tmp_path):
    np.savez(tmp_path / "data.npz", X=FOUR, y=np.array(["NaT", "a", "a", "NaT"]))
    assert classes(_files.read(tmp_path / "data.npz", None)[1]) == ["NaT", "a"]


NULLABLE = {
    "integers": (pd.array([2**53 + 1, 2**53, None, 5], dtype="Int64"), [5, 2**53, 2**53 + 1]),
    "unsigned": (np.array([2**63, 2**63 - 1, 5, 5], "u8"), ["5", str(2**63 - 1), str(2**63)]),
    "unsigned that floats hold": (np.array([2**63, 0, 0, 0], "u8"), ["0", str(2**63)]),
    "booleans": (pd.array([True, False, None, True], dtype="boolean"), [False, True]),
    "floats": ([1.0, 2.0, None, 1.0], [1, 2]),
    "text": (["a\0", "a", "", "NA"], ["NA", "a", "a\0"]),
    "categories": (pd.Categorical(["a", "b", None, "a"]), ["a", "b"]),
    "categories of integers": (pd.Categorical([1, 2, None, 1]), [1, 2]),
}
OTHER_VALUES = {
    r"array\(\[1\]\)": [[1], [2], [3], [1]],
    r"Decimal\('1.10'\)": [Decimal("1.10")] * 4,
    "b'a'": [b"a", b"b", None, b"a"],
    r"datetime.date\(2020, 1, 1\)": [datetime.date(2020, 1, 1)] * 4,
    r"Timestamp\('1970": pd.to_datetime([0, 1, None, 1]),
}


@pytest.mark.parametrize("kind", NULLABLE)
def test_labels_of_a_parquet_file_keep_their_digits(tmp_path, kind):
    labels, expected = NULLABLE[kind]
    assert classes(read_parquet(tmp_path, labels)) == expected


@pytest.mark.parametrize("value", OTHER_VALUES)
def test_what_is_neither_number_nor_text_is_no_label_and_no_feature(tmp_path, value):
    for target in (None, "e"):
        with pytest.raises(ValueError, match=rf"column 'kind' has {value}.*, neither a number nor"):
            read_parquet(tmp_path, OTHER_VALUES[value], target)


def test_an_index_with_a_name_is_a_column_and_one_without_is_none(tmp_path):
    frame = FOUR.assign(kind=list("uvuv"))
    frame.iloc[::-1].to_parquet(tmp_path / "data.parquet")
    rows, labels = _files.read(tmp_path / "data.parquet", None)
    assert rows.tolist() == FOUR.to_numpy()[::-1].tolist()
    assert labels.tolist() == list("vuvu")
    frame.set_index("kind").to_parquet(tmp_path / "data.parquet")
    rows, labels = _files.read(tmp_path / "data.parquet", "kind")
    assert rows.tolist() == FOUR.to_numpy().tolist()
    assert labels.tolist() == list("uvuv")


def test_text_is_kept_and_missing_numbers_are_nan(tmp_path):
    """Among numbers "NA" is missing, among words it is one."""
    rows, labels = read_text(tmp_path, "x,colour,kind\nNA,NA,a\n?,red,b\n3,,a\n")
    assert rows["x"].isna().tolist() == [True, True, False]
    assert rows["colour"].fillna("missing").tolist() == ["NA", "red", "missing"]
    assert labels.tolist() == list("aba")
    frame = FOUR.assign(colour=pd.Categorical(["r", None, "r", "g"]), kind=list("abab"))
    frame.loc[2, "a"] = np.nan
    frame.to_parquet(tmp_path / "data.parquet")
    rows, _ = _files.read(tmp_path / "data.parquet", None)
    assert rows["colour"].fillna("missing").tolist() == ["r", "missing", "r", "g"]
    assert rows["a"].isna().tolist() == [False, False, True, False]


SHAPES = {
    "no dimension": (np.array(3.0), "Expected 2D array, got scalar array"),
    "images": (np.zeros((4, 2, 2)), "Found array with dim 3"),
    "no column": (np.zeros((4, 0)), r"Found array with 0 feature\(s\)"),
}


@pytest.mark.parametrize("case", SHAPES)
def test_rows_of_another_shape(tmp_path, case):
    X, message = SHAPES[case]
    np.savez(tmp_path / "data.npz", X=X, y=np.arange(4))
    with pytest.raises(ValueError, match=message):
        _files.read(tmp_path / "data.npz", None)


LETTERS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
WORDS = LETTERS.map(str.strip).filter(bool)
DTYPES = st.sampled_from([*np.typecodes["AllInteger"], *"?Uefdg"])
INTEGERS = st.integers(-(2**70), 2**70)


def _float(text):
    """The number that the text stands for, or NaN."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _same_partition(given, found):
    """Whether rows share a class exactly if they did, all having one."""
    assert not np.ma.is_masked(found)
    assert (
        len({*zip(given, found.tolist(), strict=True)}) == len({*given}) == len({*found.tolist()})
    )


@settings(deadline=None)
@given(st.data(), DTYPES, st.integers(1, 12))
def test_any_dtype_of_labels_survives_an_archive(data, dtype, n):
    kind = np.dtype(dtype).kind
    if kind == "U":
        y = np.array(data.draw(st.lists(WORDS, min_size=n, max_size=n)))
    elif kind in "iu":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        y = np.array(data.draw(st.lists(st.integers(low, high), min_size=n, max_size=n)), dtype)
    else:
        y = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))).astype(dtype)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "data.npz", X=np.ones((n, 2)), y=y)
        found = _files.read(Path(folder) / "data.npz", None)[1]
    _same_partition(y.tolist(), found)
    if kind in "iu":
        assert [*map(int, found.tolist())] == y.tolist()


@settings(deadline=None)
@given(
    st.lists(
        WORDS | INTEGERS.map(str) | st.floats(allow_nan=False).map(str), min_size=1, max_size=12
    ),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_any_text_survives_any_dialect(labels, separator, quoting, end, encoding):
    """Real numbers, written as Python writes them, are refused: they are no classes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=end)
            writer.writerows([["x", "kind"], *([k, label] for k, label in enumerate(labels))])
        numbers = [*map(_float, labels)]
        canonical = [str(number + 0) for number in numbers] == labels and np.isfinite(numbers).all()
        if canonical and any(number % 1 for number in numbers):
            with pytest.raises(ValueError, match="Unknown label type: continuous"):
                _files.read(path, None)
            return
        rows, found = _files.read(path, None)
    assert rows.ravel().tolist() == [*range(len(labels))]
    _same_partition(labels, found)


@settings(deadline=None)
@given(
    st.sampled_from(["text", "Int64", "UInt64", "boolean", "category"]),
    st.data(),
    st.integers(1, 10),
)
def test_any_type_of_labels_survives_parquet(kind, data, n):
    values = {
        "text": LETTERS,
        "category": LETTERS,
        "Int64": st.integers(-(2**63), 2**63 - 1),
        "UInt64": st.integers(0, 2**64 - 1),
        "boolean": st.booleans(),
    }[kind]
    labels = data.draw(st.lists(st.none() | values, min_size=n, max_size=n))
    labels[0] = data.draw(values)
    series = pd.Series(labels, dtype=kind if kind[-1] in "4n" else object)
    if kind == "category":
        series = series.astype("category")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.parquet"
        pd.DataFrame({"x": np.ones(n), "kind": series}).to_parquet(path)
        found = _files.read(path, None)[1]
    missing = [label is None for label in labels]
    assert np.ma.getmaskarray(found).tolist() == missing
    _same_partition(
        [label for label in labels if label is not None], np.ma.array(found).compressed()
    )
