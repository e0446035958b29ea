"""Rows and labels from a user's file, and results into one; every error is one line."""

import os
from contextlib import suppress
from functools import partial
from numbers import Real
from pathlib import Path
from secrets import token_hex
from shutil import copymode
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

MISSING = ["", "?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A"]
"""Missing values of a column of numbers; elsewhere only an empty cell is one."""
COMMA = r"[-+]?(\d+,\d*|,\d+)([eE][-+]?\d+)?"
THOUSANDS = r"[-+]?[1-9]\d{0,2}(,\d{3})+"
LIKE_A_NUMBER = r"(?!\d+(\.\d+){2,}$)[-+\u2212$€£]*\s?\d[\d.,'\s]*([eE]\d+|[%$€£])?"  # no date


@np.errstate(invalid="ignore")  # of checks that find infinities
def read(path: Path, target: str | None) -> tuple[Any, np.ma.MaskedArray]:
    """Rows, a DataFrame if a column is text, and labels, masked where a row has none."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() in READERS]
    if not suffixes:
        raise ValueError(f"{path} must end in one of {', '.join(READERS)}; save the data as such.")
    reader, what = READERS[suffixes[-1]]  # before one of compression
    try:
        path.open("rb").close()  # where it cannot be opened, not every reader says why
        X, y = reader(path, target)
        if not texts_of(X):
            X = check_array(np.asarray(X), dtype=float, ensure_all_finite="allow-nan")
        check_consistent_length(X, y)
        return X, _labels(y)
    except ImportError:
        raise
    except Exception as error:
        why = (str(error) or type(error).__name__).rstrip(".")
        raise ValueError(f"{path} cannot be read: {why}; give {what}.") from error


def texts_of(X: Any) -> list[str]:
    """The columns of text, which only a DataFrame has."""
    return list(X.select_dtypes(exclude="number")) if hasattr(X, "columns") else []


def _read_arrays(path: Path, target: str | None) -> tuple[Any, Any]:
    """Arrays, but no objects: unpickling runs what the file says."""
    with path.open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        if not isinstance(loaded, np.ndarray):
            return loaded["X"], loaded[target or "y"]
    if target is not None and target.endswith(".npy"):
        return loaded, np.load(target, allow_pickle=False)
    table = check_array(loaded, ensure_all_finite=False)
    column = int(_find_column(target, [*map(str, range(table.shape[1]))]))
    return np.delete(table, column, axis=1), table[:, column]


def _read_csv(path: Path, target: str | None) -> tuple[Any, Any]:
    """All cells are text first; a column is numbers if all of them are, or missing."""
    from pandas import DataFrame, read_csv, to_numeric

    form = {"header": None, "dtype": object, "keep_default_na": False, "skipinitialspace": True}
    read = partial(read_csv, path, engine="python", encoding="utf-8-sig", **form)

    def n_separators(separator: str) -> int:
        with suppress(ValueError):
            return read(nrows=1, sep=separator).shape[1] - 1
        return 0

    cells = read(sep=max(",;\t|", key=n_separators))
    if mixed := [name for name in map(str, cells.iloc[0]) if {*name} & {*";\t|"}]:
        raise ValueError(f"the name {mixed[0]!r} holds a separator; rename it")
    if (short := cells.isna().any(axis=1)).any():
        raise ValueError(f"row {short.idxmax()} has fewer values than {cells.shape[1]}, the names")
    cells = cells.map(str.strip)
    cells = cells.loc[:, (cells != "").any()]
    names = list(cells.iloc[0])
    table = cells[1:].set_axis(names, axis=1)
    label = _find_column(target, names)
    is_a_row = to_numeric(cells.iloc[0], errors="coerce").notna().all() or label in {*table[label]}
    if is_a_row and names != [*map(str, range(len(names)))]:
        raise ValueError(f"the values {', '.join(names[:3])} are where names are expected")
    labels = table.pop(label)
    known = labels[labels != ""]
    numbers = to_numeric(known, errors="coerce") + 0  # takes the sign from -0.0
    as_python_writes = np.isfinite(numbers) & (numbers.astype(str) == known)
    labels = (numbers if as_python_writes.all() else known).astype(object).reindex(labels.index)
    odds = [_numbers(table[name], commas=False)[1].str for name in table]
    commas = any(odd.fullmatch(COMMA).all() and not odd.fullmatch(THOUSANDS).all() for odd in odds)
    features = DataFrame({name: _feature(table[name], commas) for name in table}, table.index)
    return features, labels.to_numpy()


def _numbers(column: Any, commas: bool) -> tuple[Any, Any]:
    """The cells that are not missing as numbers, and those of them that are none."""
    from pandas import to_numeric

    known = column[~column.isin(MISSING)]
    texts = known.str.translate(str.maketrans(",.", ".,")) if commas else known
    numbers = to_numeric(texts, errors="coerce")
    return numbers, known[numbers.isna()]


def _feature(column: Any, commas: bool) -> Any:
    """Numbers, or text, but not numbers with something among or around them."""
    numbers, odd = _numbers(column, commas)
    if odd.empty:
        return numbers.astype(np.float64).reindex(column.index)
    if 10 * len(odd) < len(numbers) or odd.str.fullmatch(LIKE_A_NUMBER).all():
        raise ValueError(
            f"column {column.name!r} is numbers but for {odd.iloc[0]!r} in row {odd.index[0]}, "
            "which is neither empty nor like 1234.5"
        )
    return column.mask(column == "")


def _read_parquet(path: Path, target: str | None) -> tuple[Any, Any]:
    """Integers beside missing values stay whole; an index with a name is a column."""
    from pandas import read_parquet

    table = read_parquet(path, dtype_backend="numpy_nullable")
    table = table.reset_index(drop=[*table.index.names] == [None])
    table = table.set_axis(table.columns.map(str), axis=1)
    label = _find_column(target, list(table))
    labels = table[label].astype(object)
    for name, column in table.items():
        if column.dtype.kind in "biuf":
            table[name] = column.to_numpy(np.float64, na_value=np.nan)
        elif odd := [value for value in column.dropna() if not isinstance(value, Real | str)]:
            raise ValueError(f"column {name!r} has {odd[0]!r}, neither a number nor text")
        else:
            table[name] = column.astype(object).map(str, na_action="ignore")
    return table.drop(columns=label), labels.where(labels.notna(), None).to_numpy()


def _find_column(target: str | None, names: list[str]) -> str:
    """The name of the labels' column, by default the last; names come before numbers."""
    if "" in names:
        raise ValueError(f"column {names.index('')} has no name; name it, or save with index=False")
    if len({*names}) < len(names):
        raise ValueError(f"columns need names that differ, not {', '.join(map(repr, names[:8]))}")
    if target in names:
        return str(target)
    with suppress(ValueError, IndexError):
        return names[int(target or -1)]
    raise ValueError(
        f"--target {target} is neither name nor number of a column; it has {len(names)}: "
        f"{', '.join(names)[:200]}"
    )


def _labels(y: np.ndarray) -> np.ma.MaskedArray:
    """Integers, bools or text, whichever keeps all that distinguishes the labels."""
    values = column_or_1d(y).tolist()
    missing = np.array([value in (None, "") or value != value for value in values])
    known = [value for value, gone in zip(values, missing, strict=True) if not gone]
    if all(isinstance(value, float | np.floating) and value % 1 == 0 for value in known):
        known = [*map(int, known)]
    classes = np.array(known)
    rounded = classes.dtype.kind == "f" and {*map(type, known)} == {int}  # 2**63 and 0
    if rounded or classes.dtype.kind not in "biufU" or classes.tolist() != known:
        classes = np.array([*map(str, known)], dtype=object)
    check_classification_targets(classes)
    labels = np.zeros(len(values), classes.dtype)
    labels[~missing] = classes
    return np.ma.masked_array(labels, missing)


ARRAYS = "arrays of numbers, X and y with a label for each row, or one that has these as a column"
CSV = "UTF-8 text, a header and rows of as many cells, separated by comma, semicolon, tab or |"
READERS: dict[str, tuple[Any, str]] = {
    **dict.fromkeys([".npz", ".npy"], (_read_arrays, ARRAYS)),
    **dict.fromkeys([".csv", ".tsv"], (_read_csv, CSV)),
    ".parquet": (_read_parquet, "columns of numbers and text, one of which holds the labels"),
}


def check_writable(path: Path, suffixes: list[str], inputs: list[str]) -> None:
    """Whether a file can be written there, found out before the work."""
    target = Path(os.path.realpath(path))  # of a link what it leads to, which is what is replaced
    faults = {
        f"must end in {' or '.join(suffixes)}": path.suffix.lower() not in suffixes,
        "is no plain file": os.path.lexists(target) and not target.is_file(),
        f"needs a folder {target.parent} to write in": not os.access(target.parent, os.W_OK),
        "would replace the data": str(target) in inputs,
    }
    for fault in (fault for fault, found in faults.items() if found):
        raise ValueError(f"{path} cannot be written: it {fault}; name another file.")


def write(path: Path, content: bytes) -> None:
    """Replace the file as a whole, by way of a name that is nobody's link."""
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        why = f"{error.strerror}; what was there is untouched"
        raise OSError(f"{path} cannot be written: {why}. Free it, or name another.") from error
    finally:
        temporary.unlink(missing_ok=True)
