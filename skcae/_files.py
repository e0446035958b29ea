"""Rows and labels from a user's file, and results into one; every error is one line."""

import codecs
import csv
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from importlib import import_module
from io import StringIO
from pathlib import Path
from secrets import token_hex
from shutil import copymode
from typing import Any

import numpy as np

SEPARATORS = ",;\t|"
MISSING = ["", "?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A"]
"""Missing values of a column of numbers; elsewhere only an empty cell is one."""
DECIMAL_COMMA = r"[-+]?(\d+,?\d*|,\d+)([eE][-+]?\d+)?"
THOUSANDS = r"[-+]?[1-9]\d{0,2}(,\d{3})+"
LIKE_A_NUMBER = r"(?!\d+(\.\d+){2,}$)[-+$€£]*\s?\d[\d.,'\s]*[%$€£]?"  # dates, versions are not
LARGEST_EXACT = 2**53  # float64 has a gap after this integer


def read(path: Path, target: str | None) -> tuple[Any, np.ndarray]:
    """Rows and labels, which are where ``target`` says in the way of the format.

    The rows are float64, NaN where a value is missing, or a DataFrame if a column is
    text. The labels are a masked array if rows have none.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(
            f"{path} must end in one of {', '.join(READERS)}; save the data as one of these."
        )
    _check_is_file(path)
    X, y = reader(path, target)
    y = _labels(path, y)
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(
            f"X in {path} has shape {X.shape}, where rows and columns are expected; reshape it, or "
            "give columns beside the labels."
        )
    if len(X) != len(y):
        raise ValueError(
            f"{path} has {len(X)} rows, but {len(y)} labels; give one label to each row."
        )
    return (_array if isinstance(X, np.ndarray) else _table)(path, X), y


def require(modules: list[str], purpose: str, command: str) -> Any:
    """The first of these optional modules, all being there."""
    try:
        first, *_ = map(import_module, modules)
        return first
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs {' and '.join(modules)}, which cannot be imported; {command}."
        ) from error


def check_writable(path: Path, suffixes: tuple[str, ...]) -> None:
    """Whether a file can be written there, found out before the work."""
    target = Path(os.path.realpath(path))  # of a link what it leads to, which is what is replaced
    folder = target.parent
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"{path} must end in {' or '.join(suffixes)}; choose such a name.")
    if path.is_dir():
        raise ValueError(
            f"{path} is a directory, where a file is to be written; name a file in it."
        )
    if target.is_symlink():
        raise ValueError(f"{path} is a link that leads back to itself; remove it, or name another.")
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a device or a pipe, which a file would replace; name another.")
    if not folder.is_dir():
        raise ValueError(
            f"{path} cannot be written: there is no folder {folder}; create it, or name another."
        )
    if not os.access(folder, os.W_OK):
        raise ValueError(
            f"{path} cannot be written: the folder {folder} is not writable; name another."
        )


def write(path: Path, content: bytes) -> None:
    """Replace the file as a whole: whoever looks sees the old content or the new.

    The temporary file has a name that nobody can know before, and must not exist: it
    cannot be somebody's link.
    """
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


def _check_is_file(path: Path) -> None:
    if not path.exists():
        raise ValueError(f"{path} does not exist; check its name and folder.")
    if not path.is_file():
        raise ValueError(f"{path} is not a file but a directory or a device; name a file.")
    if not os.access(path, os.R_OK):
        raise ValueError(
            f"{path} may not be read by this user; change its permissions, or copy it."
        )
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty, 0 bytes; save the data again.")


@contextmanager
def _loading(path: Path) -> Iterator[None]:
    """Whatever the parsers raise at broken bytes, be it what it may, as one line."""
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as {path.suffix}: {error or type(error).__name__}. Save it "
            "again as numbers and text."
        ) from error


def _load(path: Path) -> Any:
    """An array or arrays, but no objects: unpickling runs what the file says."""
    _check_is_file(path)
    with _loading(path):
        loaded = np.load(path, allow_pickle=False)
        return (
            loaded
            if isinstance(loaded, np.ndarray)
            else {name: loaded[name] for name in loaded.files}
        )


def _read_npz(path: Path, target: str | None) -> tuple[Any, Any]:
    arrays, names = _load(path), ("X", target or "y")
    if isinstance(arrays, np.ndarray):
        raise ValueError(
            f"{path} holds one array without a name; save with numpy.savez(file, X=X, y=y), or "
            "name it .npy."
        )
    for name in names:
        if name not in arrays:
            raise ValueError(
                f"{path} has no array {name!r}, only {list(arrays)}; save with numpy.savez(file, "
                "X=X, y=y)."
            )
    return arrays["X"], arrays[names[1]]


def _read_npy(path: Path, target: str | None) -> tuple[Any, Any]:
    table = _load(path)
    if not isinstance(table, np.ndarray) or table.ndim != 2:
        raise ValueError(
            f"{path} must hold one array of two dimensions, rows and columns; save it with "
            "numpy.save."
        )
    if target is not None and target.endswith(".npy"):
        return table, _load(Path(target))
    column = _column(path, target, list(range(table.shape[1])))
    return np.delete(table, column, axis=1), table[:, column]


def _read_csv(path: Path, target: str | None) -> tuple[Any, np.ndarray]:
    """Numbers are read first, then text, where "NA" is a word like any other."""
    pandas = require(["pandas"], f"reading {path}", "pip install pandas")
    text = _decoded(path)
    separator, names, lines = _records(path, text)
    used = [position for position, name in enumerate(names) if name]
    label = used[_column(path, target, [names[position] for position in used])]

    def parse(columns: list[int], missing: list[str], decimal: str, dtype: Any = None) -> Any:
        with _loading(path):
            frame = pandas.read_csv(
                StringIO(text),
                sep=separator,
                header=0,
                names=range(len(names)),
                usecols=columns,
                index_col=False,
                dtype=dtype,
                skipinitialspace=True,
                keep_default_na=False,
                na_values=dict.fromkeys(columns, missing),
                decimal=decimal,
                low_memory=False,
                dtype_backend="numpy_nullable",  # holds integers beside missing values
            )
            return frame.set_axis(lines, axis=0).rename_axis("line")

    features = [position for position in used if position != label]
    frame = parse(features, MISSING, ".")
    if _has_decimal_commas(path, frame):
        frame = parse(features, MISSING, ",")
    texts = _texts(frame)
    words = parse([*texts, label], [], ".", str).apply(lambda column: column.str.strip())
    labels = words.pop(label)
    _check_header(path, names, frame.assign(**words.set_axis(map(str, texts), axis=1)), labels)
    for position in texts:
        _check_words(path, names[position], words[position])
        frame[position] = words[position].where(words[position] != "")
    frame = frame.set_axis([names[position] for position in features], axis=1)
    filled = (labels != "") | frame.notna().any(axis=1)  # spreadsheets append lines of commas
    return frame[filled], _typed(labels[filled].tolist())


def _texts(frame: Any) -> list[Any]:
    return [name for name in frame if frame[name].dtype.kind not in "biuf"]


def _decoded(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 if it begins as such."""
    content = path.read_bytes()
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        byte, line = content[error.start], content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path} is not in UTF-8: line {line} has the byte 0x{byte:02x}; save it as UTF-8."
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"{path} has a zero byte in line {line}; save it as text in UTF-8.")
    return text


def _records(path: Path, text: str) -> tuple[str, list[str], list[int]]:
    """The separator, the names and the line of each row, all rows being equally long.

    pandas would fill short rows and take the first column of long ones for an index. A
    column without a name and without content, which a separator at the end of each line
    makes, has the name "".
    """

    def records(separator: str) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
        with _loading(path):
            rows = ((reader.line_num, row) for row in reader)
            yield from ((line, row) for line, row in rows if len(row) > 1 or "".join(row).strip())

    first = {separator: next(records(separator), (1, [""])) for separator in SEPARATORS}
    separator = max(SEPARATORS, key=lambda separator: len(first[separator][1]))
    line, header = first[separator]
    if len(header) < 2:
        raise ValueError(
            f"line {line} of {path} has one value, {header[0]!r}, where names of columns are "
            "expected, separated by comma, semicolon, tab or |; let it begin with its header."
        )
    names = [name.strip() for name in header]
    nameless = [position for position, name in enumerate(names) if not name]
    lines = []
    for line, row in records(separator):
        if len(row) != len(names):
            raise ValueError(
                f"line {line} of {path} has {len(row)} values, where the first has {len(names)} "
                f"names, separated by {separator!r}; give each line as many, and let the file "
                "begin with its header."
            )
        if any(row[position].strip() for position in nameless):
            raise ValueError(
                f"{path} has a column without a name, perhaps row numbers; drop it, or save with "
                "index=False."
            )
        lines.append(line)
    if len(lines) < 2:
        raise ValueError(f"{path} has a header in line {line}, but no row; add some.")
    return separator, names, lines[1:]


def _has_decimal_commas(path: Path, frame: Any) -> bool:
    """Whether a column is numbers once commas are decimal, as they are in all then."""
    commas = []
    for name in _texts(frame):
        filled = frame[name].dropna().astype(str).str.strip()
        if filled.str.fullmatch(DECIMAL_COMMA).all():
            commas.append(filled[filled.str.contains(",")])
    for column in commas:
        if len(column) and all(column.str.fullmatch(THOUSANDS).all() for column in commas):
            raise ValueError(
                f"{path} has {column.iloc[0]!r} in line {column.index[0]}, where the comma may be "
                "decimal or of thousands; write numbers with a point and without thousands."
            )
    return any(map(len, commas))


def _check_header(path: Path, names: list[str], frame: Any, labels: Any) -> None:
    """Whether the first line may be a row: its values are such as those below."""
    label = names[labels.name]
    named = [name for name in names if name]
    numbers = [_is_number(name) for name in named]
    words = [name in frame[str(k)].array for k, name in enumerate(names) if str(k) in frame]
    row = label in labels.array and (any(numbers) or (any(words) and all(words)))
    if (row or all(numbers)) and named != [str(number) for number in range(len(named))]:
        raise ValueError(
            f"{path} has the values {', '.join(named[:3])} where names of columns are expected; "
            "add a header line."
        )


def _check_words(path: Path, name: str, words: Any) -> None:
    """Whether a column is text, and not numbers with something among or around them."""
    from pandas import to_numeric

    words = words[~words.isin(MISSING)]
    odd = words[to_numeric(words, errors="coerce").isna()]
    if 10 * len(odd) < len(words) or odd.str.fullmatch(LIKE_A_NUMBER).all():
        first = (odd if len(odd) else words).head(1)
        raise ValueError(
            f"column {name!r} of {path} is numbers but for {first.iloc[0]!r} in line "
            f"{first.index[0]}; write it like 1234.5, leave it empty, or drop the column."
        )


def _typed(texts: list[str]) -> np.ndarray:
    """Numbers, if all texts are what Python writes for numbers; "" becomes None."""
    distinct = sorted({*texts} - {""})
    for kind in (int, float):
        try:
            numbers = [kind(text) for text in distinct]
        except ValueError:
            continue
        known = dict(zip(distinct, numbers, strict=True))
        whole = all(abs(number) < math.inf for number in numbers) and len({*numbers}) == len(
            numbers
        )
        if whole and [*map(str, numbers)] == distinct:
            return np.array([known.get(text) for text in texts], dtype=object)
    return np.array([text or None for text in texts], dtype=object)


def _read_parquet(path: Path, target: str | None) -> tuple[Any, Any]:
    """Integers beside missing values stay whole; an index with a name is a column."""
    pandas = require(["pandas", "pyarrow"], f"reading {path}", "pip install pandas pyarrow")
    with _loading(path):
        frame = pandas.read_parquet(path, dtype_backend="numpy_nullable")
        named = [name for name in frame.index.names if name is not None]
        frame = frame.reset_index(named).reset_index(drop=True).rename_axis("row")
    frame = frame.set_axis(frame.columns.map(str), axis=1)
    labels = frame.pop(frame.columns[_column(path, target, list(frame.columns))]).astype(object)
    return frame, labels.where(labels.notna(), None).to_numpy()


def _column(path: Path, target: str | None, names: list[Any]) -> int:
    """The position of the labels' column, by default the last; names come first."""
    if len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"{path} has {names.count(twice)} columns named {twice!r}; rename one, or add a header."
        )
    if target is None:
        return len(names) - 1
    if target in names:
        return names.index(target)
    if (
        not _is_number(target)
        or not float(target).is_integer()
        or not -len(names) <= float(target) < len(names)
    ):
        known = ", ".join(map(str, names[:8])) + (", ..." if len(names) > 8 else "")
        raise ValueError(
            f"--target {target} is not a column of {path}; it has {len(names)}: {known}. Name one, "
            "or its number."
        )
    return int(float(target)) % len(names)


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _labels(path: Path, y: Any) -> np.ndarray:
    """Labels of one dimension, masked where an empty cell or NaN says that none is."""
    if y.ndim != 1 and y.shape != (y.size, 1):
        raise ValueError(
            f"the labels of {path} have shape {y.shape}; give one label to each row, not a column "
            "per class."
        )
    if y.dtype.kind in "mM":
        y = np.where(np.isnat(y), None, y.astype(str).astype(object))
    values = y.ravel().tolist()
    for value in values:
        if isinstance(value, complex | list | dict | tuple | np.ndarray):
            raise ValueError(
                f"the labels of {path} are like {value!r}, which is no class; give numbers or text."
            )
    known = np.array([value not in (None, "", b"") and value == value for value in values])
    if not known.any():
        raise ValueError(f"{path} has no label in any of {len(values)} rows; label some.")
    classes = _classes(path, [value for value, kept in zip(values, known, strict=True) if kept])
    if known.all():
        return classes
    labels = np.zeros(len(known), classes.dtype)
    labels[known] = classes
    return np.ma.masked_array(labels, ~known)


def _classes(path: Path, values: list[Any]) -> np.ndarray:
    """Integers, bools or text, whichever keeps all that distinguishes the labels."""
    if isinstance(values[0], float | np.floating):
        real = [value for value in values if not math.isfinite(value) or value != int(value)]
        if real:
            raise ValueError(
                f"the labels of {path} are real numbers, not classes, such as {real[0]:g}; choose "
                "another --target, or bin them."
            )
        values = [int(value) for value in values]
    elif isinstance(values[0], bytes):
        try:
            values = [value.decode() for value in values]
        except UnicodeDecodeError:
            values = [value.decode("latin-1") for value in values]
    elif not isinstance(values[0], int | str):
        values = [str(value) for value in values]
    for dtype in (None, np.uint64):
        with suppress(OverflowError, ValueError):
            classes = np.array(values, dtype)
            if classes.dtype.kind in "biuU" and classes.tolist() == values:
                return classes
    return np.array([str(value) for value in values], dtype=object)


def _table(path: Path, frame: Any) -> Any:
    """Columns as float64, and text as it is with NaN where it is missing."""
    columns, unit = {}, frame.index.name
    for name, column in frame.items():
        first = next(iter(column.dropna()), "")
        if isinstance(first, complex | list | dict | tuple | bytes | np.ndarray):
            raise ValueError(
                f"column {name!r} of {path} holds values such as {first!r}, neither numbers nor "
                "text; drop it, or split it into columns."
            )
        if column.dtype.kind in "biuf" or isinstance(first, Decimal):
            values = column.to_numpy(np.float64, na_value=np.nan)
            integers = column.dtype.kind in "iu"
            columns[name] = _exact(
                f"column {name!r} of {path}", values, integers, lambda k: f"{unit} {frame.index[k]}"
            )
        else:
            columns[name] = column.astype(object).map(str, na_action="ignore").fillna(np.nan)
    if all(isinstance(values, np.ndarray) for values in columns.values()):
        return np.column_stack([*columns.values()])
    return type(frame)(columns, index=frame.index)


def _array(path: Path, X: np.ndarray) -> np.ndarray:
    if X.dtype.kind not in "biuf":
        raise ValueError(
            f"X in {path} has dtype {X.dtype}, which is not numeric; encode it as numbers."
        )
    return _exact(
        f"X in {path}",
        X.astype(np.float64),
        X.dtype.kind in "iu",
        lambda row, column: f"row {row}, feature {column} (from 0)",
    )


def _exact(what: str, X: np.ndarray, integers: bool, place: Callable[..., str]) -> np.ndarray:
    """The values, none infinite or a rounded integer; missing ones are no error."""
    for bad, name in (
        (np.isinf(X), "infinite"),
        (integers & (np.abs(X) >= LARGEST_EXACT), "too big an integer for float64, 2**53 or more"),
    ):
        if bad.any():
            n_bad = int(bad.sum())
            values = "1 value that is" if n_bad == 1 else f"{n_bad} values that are"
            raise ValueError(
                f"{what} has {values} {name}, the first in {place(*np.argwhere(bad)[0])}; correct "
                "or drop it."
            )
    return X


READERS = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
}
