"""Rows and labels from a user's file, and results into one; every error is one line."""

import os
from collections import Counter
from contextlib import suppress
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
DECIMAL_COMMA = r"[-+]?(\d+,\d*|,\d+)([eE][-+]?\d+)?"
THOUSANDS = r"[-+]?[1-9]\d{0,2}(,\d{3})+"
LIKE_A_NUMBER = r"(?!\d+(\.\d+){2,}$)[-+\u2212$€£]*\s?\d[\d.,'\s]*[%$€£]?"  # no date, no version


def read(path: Path, target: str | None) -> tuple[Any, np.ma.MaskedArray]:
    """Rows, a DataFrame if a column is text, and labels, masked where a row has none."""
    readers = [READERS[suffix.lower()] for suffix in path.suffixes if suffix.lower() in READERS]
    if not readers:
        raise ValueError(f"{path} must end in one of {', '.join(READERS)}; save the data as such.")
    try:
        X, y = readers[-1](path, target)
        if not texts_of(X):
            X = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan", input_name="X")
        check_consistent_length(X, y)
        return X, _labels(y)
    except Exception as error:
        raise ValueError(f"{path} cannot be read: {error or type(error).__name__}") from error


def texts_of(X: Any) -> list[str]:
    """The columns of text, which only a DataFrame has."""
    return list(X.select_dtypes(exclude="number")) if hasattr(X, "columns") else []


def _read_arrays(path: Path, target: str | None) -> tuple[Any, Any]:
    """Arrays, but no objects: unpickling runs what the file says."""
    with path.open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        arrays = {} if isinstance(loaded, np.ndarray) else dict(loaded)
    if isinstance(loaded, np.ndarray):
        if target is not None and target.endswith(".npy"):
            return loaded, np.load(target, allow_pickle=False)
        table = check_array(loaded, ensure_all_finite=False)
        column = int(_find_column(target, [*map(str, range(table.shape[1]))]))
        return np.delete(table, column, axis=1), table[:, column]
    name = target or "y"
    if not {"X", name} <= arrays.keys():
        raise ValueError(
            f"it must hold arrays by the names of X and {name}, but has {[*arrays]}; save with "
            f"numpy.savez(file, X=X, {name}={name})."
        )
    return arrays["X"], arrays[name]


def _read_csv(path: Path, target: str | None) -> tuple[Any, Any]:
    """All cells are text first; a column is numbers if all of them are, or missing."""
    from pandas import DataFrame, to_numeric

    cells = _cells(path)
    table = cells[1:].set_axis(cells.iloc[0].rename(None), axis=1)
    names = list(table)
    label = _find_column(target, names)
    if "" in names:
        raise ValueError("a column has no name, perhaps row numbers; name it.")
    is_a_row = to_numeric(cells.iloc[0], errors="coerce").notna().all() or label in {*table[label]}
    if is_a_row and names != [*map(str, range(len(names)))]:
        raise ValueError(
            f"the values {', '.join(names[:3])} are where names are expected; add a header, or "
            "rename the column of labels."
        )
    labels = table.pop(label)
    commas = any(_has_decimal_commas(table[name]) for name in table)
    features = DataFrame({name: _feature(table[name], commas) for name in table}, table.index)
    return features, _typed(labels[labels != ""]).reindex(labels.index).to_numpy()


def _cells(path: Path) -> Any:
    """All cells as text, but for rows and columns in which nothing is written."""
    from pandas import read_csv

    common = {"header": None, "dtype": object, "keep_default_na": False, "skipinitialspace": True}
    forms = [
        common | {"engine": "python", "encoding": encoding, "sep": separator}
        for encoding in ("utf-8-sig", "utf-16")  # the latter only with its mark
        for separator in ",;\t|"
    ]

    def n_columns(form: dict[str, Any]) -> int:
        try:
            return int(read_csv(path, nrows=1, **form).shape[1])
        except ValueError:
            return 0

    cells = read_csv(path, **max(forms, key=n_columns))
    for row in cells.index[cells.isna().any(axis=1)]:
        raise ValueError(
            f"row {row} has fewer values than the header has names, {cells.shape[1]}; give each "
            "row as many."
        )
    cells = cells.map(str.strip)
    cells = cells.loc[(cells != "").any(axis=1), (cells != "").any()]
    if min(cells.shape) < 2:
        raise ValueError(
            f"it has {len(cells)} rows of {cells.shape[1]} columns, where a row of names is "
            "expected, separated by comma, semicolon, tab or |, with rows below."
        )
    return cells


def _numbers(column: Any, commas: bool) -> tuple[Any, Any]:
    """The cells that are not missing as numbers, and those of them that are none."""
    from pandas import to_numeric

    known = column[~column.isin(MISSING)]
    texts = known.str.translate(str.maketrans(",.", ".,")) if commas else known
    numbers = to_numeric(texts, errors="coerce")
    return numbers, known[numbers.isna()]


def _has_decimal_commas(column: Any) -> bool:
    """Whether cells are numbers once commas are decimal, and only then."""
    _, odd = _numbers(column, commas=False)
    return odd.str.fullmatch(DECIMAL_COMMA).all() and not odd.str.fullmatch(THOUSANDS).all()


def _feature(column: Any, commas: bool) -> Any:
    """Numbers, or text, but not numbers with something among or around them."""
    numbers, odd = _numbers(column, commas)
    if odd.empty:
        return numbers.astype(np.float64).reindex(column.index)
    if 10 * len(odd) < len(numbers) or odd.str.fullmatch(LIKE_A_NUMBER).all():
        raise ValueError(
            f"column {column.name!r} is numbers but for {odd.iloc[0]!r} in row {odd.index[0]}; "
            "write it like 1234.5, leave it empty, or drop the column."
        )
    return column.mask(column == "")


def _typed(labels: Any) -> Any:
    """Numbers, if all labels are written as Python writes them."""
    from pandas import to_numeric

    numbers = to_numeric(labels, errors="coerce") + 0  # takes the sign from -0.0
    as_written = numbers.astype(str) == labels
    return (numbers if as_written.all() and np.isfinite(numbers).all() else labels).astype(object)


def _read_parquet(path: Path, target: str | None) -> tuple[Any, Any]:
    """Integers beside missing values stay whole; an index with a name is a column."""
    from pandas import read_parquet

    table = read_parquet(path, dtype_backend="numpy_nullable")
    table = table.reset_index(drop=[*table.index.names] == [None])
    table = table.set_axis(table.columns.map(str), axis=1)
    labels = table.pop(_find_column(target, list(table))).astype(object)
    for name, column in table.items():
        if column.dtype.kind in "biuf":
            table[name] = column.to_numpy(np.float64, na_value=np.nan)
        else:
            _check_plain(f"column {name!r}", column.dropna())
            table[name] = column.astype(object).map(str, na_action="ignore")
    return table, labels.where(labels.notna(), None).to_numpy()


def _find_column(target: str | None, names: list[str]) -> str:
    """The name of the labels' column, by default the last; names come before numbers."""
    for name, times in Counter(names).most_common(1):
        if times > 1:
            raise ValueError(f"{times} columns are named {name!r}; rename one, or add a header.")
    if target in names:
        return str(target)
    with suppress(ValueError, IndexError):
        return names[int(target or -1)]
    raise ValueError(
        f"--target {target} is none of its {len(names)} columns, {', '.join(names)[:200]}; name "
        "one, or its number."
    )


def _check_plain(what: str, values: Any) -> None:
    for value in values:
        if not isinstance(value, Real | np.bool_ | str):
            raise ValueError(
                f"{what} has values such as {value!r}, neither numbers nor text; write them so."
            )


def _labels(y: np.ndarray) -> np.ma.MaskedArray:
    """Numbers, bools or text, whichever keeps all that distinguishes the labels."""
    values = column_or_1d(y).tolist()
    missing = [value in (None, "") or value != value for value in values]
    known = [value for value, gone in zip(values, missing, strict=True) if not gone]
    _check_plain("the column of labels", known)
    if not known:
        raise ValueError(f"no label in any of {len(values)} rows; label some.")
    classes = np.array(known)
    if classes.dtype.kind not in "biufU" or classes.tolist() != known:
        classes = np.array([*map(str, known)], dtype=object)
    check_classification_targets(classes)
    labels = np.ma.masked_all(len(values), classes.dtype)
    labels[np.logical_not(missing)] = classes
    return labels


READERS = {
    ".npz": _read_arrays,
    ".npy": _read_arrays,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
}


def check_writable(path: Path, suffixes: tuple[str, ...], inputs: list[str]) -> None:
    """Whether a file can be written there, found out before the work."""
    target = Path(os.path.realpath(path))  # of a link what it leads to, which is what is replaced
    other = os.path.lexists(target) and not target.is_file()
    faults = {
        f"must end in {' or '.join(suffixes)}": path.suffix.lower() not in suffixes,
        "is a directory, a device, a pipe or a loop": other,
        f"needs a folder {target.parent} to write in": not os.access(target.parent, os.W_OK),
        "would replace the data": str(target) in inputs,
    }
    for fault, found in faults.items():
        if found:
            raise ValueError(f"{path} cannot be written: it {fault}; name another file.")


def write(path: Path, content: bytes) -> None:
    """Replace the file as a whole, by way of a name that is nobody's link."""
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            copymode(path, temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(
            f"{path} cannot be written: {error.strerror}; what was there is untouched. Free it, or "
            "name another."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
