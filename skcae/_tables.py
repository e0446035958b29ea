"""Columns of numbers, text and labels from tables: CSV and parquet."""

import codecs
import csv
import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import StringIO
from numbers import Real
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np

SEPARATORS = ",;\t|"
MISSING = ["", "?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A"]
"""Missing values of a column of numbers; elsewhere only an empty cell is one."""
DECIMAL_COMMA = r"[-+]?(\d+,\d*|,\d+)([eE][-+]?\d+)?"
THOUSANDS = r"[-+]?[1-9]\d{0,2}(,\d{3})+"
LIKE_A_NUMBER = r"(?!\d+(\.\d+){2,}$)[-+\u2212$€£]*\s?\d[\d.,'\s]*[%$€£]?"  # no date, no version
LARGEST_EXACT = 2**53  # float64 has a gap after this integer


def require(modules: list[str], purpose: str) -> Any:
    """The first of these optional modules, all being there."""
    try:
        first, *_ = map(import_module, modules)
        return first
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs {' and '.join(modules)}, which cannot be imported; pip install "
            f"{' '.join(modules)}."
        ) from error


@contextmanager
def loading(path: Path) -> Iterator[None]:
    """Whatever the system or a parser raises at a file, as one line."""
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as {path.suffix}: {error or type(error).__name__}; check its "
            "name, or save it again as numbers and text."
        ) from error


def read_csv(path: Path, target: str | None) -> tuple[Any, np.ndarray]:
    """All cells are text first; a column is numbers if all of them are, or missing."""
    pandas = require(["pandas"], f"reading {path}")
    names, records = _records(path)
    lines, rows = zip(*records, strict=True)
    table = pandas.DataFrame(rows, lines, names, dtype=object)
    # A separator at the end of each line makes an empty column without a name.
    named = table.columns != ""
    if (table.loc[:, ~named] != "").any(axis=None):
        raise ValueError(f"{path} has a column without a name, perhaps row numbers; name it.")
    table = table.loc[:, named]
    label = find_column(path, target, list(table))
    _check_header(path, table, label)
    labels = _typed(table.pop(label).tolist())
    parsed = {name: _numbers(table[name], commas=False) for name in table}
    if any(_are_decimal_commas(odd) for *_, odd in parsed.values()):
        parsed = {name: _numbers(table[name], commas=True) for name in table}
    features = {name: _feature(path, table[name], *parsed[name]) for name in table}
    return pandas.DataFrame(features, table.index), labels


def _records(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names, and the line and cells of each row, all rows being equally long."""
    with loading(path):
        content = path.read_bytes()
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if wide else "utf-8-sig", "surrogateescape")
    if odd := re.search("[\0\udc80-\udcff]", text):
        line, byte = text.count("\n", 0, odd.start()) + 1, ord(odd[0]) % 256
        raise ValueError(
            f"{path} is not in UTF-8: line {line} has the byte 0x{byte:02x}; save it as UTF-8."
        )
    (head,) = re.findall(r"\A\s*([^\r\n]*)", text)
    separator = max(SEPARATORS, key=lambda mark: len(next(csv.reader([head], delimiter=mark))))
    buffer = StringIO(text, newline="")
    reader = csv.reader(buffer, delimiter=separator, skipinitialspace=True, strict=True)
    try:
        cells = ([*map(intern, map(str.strip, row))] for row in reader)
        # Spreadsheets append lines of commas.
        (line, names), *records = [(reader.line_num, row) for row in cells if any(row)] or [(1, [])]
    except csv.Error as error:
        raise ValueError(
            f"line {reader.line_num} of {path} cannot be read: {error}; close each quote."
        ) from error
    if len(names) < 2 or not records:
        raise ValueError(
            f"{path} begins with {separator.join(names)[:40]!r} in line {line}, where names of "
            "columns are expected, separated by comma, semicolon, tab or |, with rows below."
        )
    for line, row in records:
        if len(row) != len(names):
            raise ValueError(
                f"line {line} of {path} has {len(row)} values, where the first has {len(names)} "
                f"names, separated by {separator!r}; give each line as many, and let the file "
                "begin with its header."
            )
    return names, records


def _check_header(path: Path, table: Any, label: str) -> None:
    """Whether the first line may be a row: its values are such as those below."""
    names = list(table)
    numbers = _numbers(table.columns.to_series(), commas=False)[1].notna()
    occurs = (table == names).any()
    row = occurs[label] and (numbers.any() or occurs.all())
    if (row or numbers.all()) and names != [str(number) for number in range(len(names))]:
        row = ", ".join(names[:3])
        raise ValueError(f"{path} has the values {row} where names are expected; add a header.")


def _numbers(column: Any, commas: bool) -> tuple[Any, Any, Any]:
    """The cells that are not missing, as text and as numbers, and those that are none."""
    from pandas import to_numeric

    known = column[~column.isin(MISSING)]
    texts = known.str.translate(str.maketrans(",.", ".,")) if commas else known
    numbers = to_numeric(texts, errors="coerce")
    return known, numbers, known[numbers.isna()]


def _are_decimal_commas(odd: Any) -> bool:
    """Whether cells are numbers once commas are decimal, and only then."""
    return odd.str.fullmatch(DECIMAL_COMMA).all() and not odd.str.fullmatch(THOUSANDS).all()


def _feature(path: Path, column: Any, known: Any, numbers: Any, odd: Any) -> Any:
    """Numbers, or text, but not numbers with something among or around them."""
    what = f"column {column.name!r} of {path}"
    if odd.empty:
        check_exact(what, known, numbers, "line")
        return numbers.astype(np.float64).reindex(column.index)
    if 10 * len(odd) < len(known) or odd.str.fullmatch(LIKE_A_NUMBER).all():
        raise ValueError(
            f"{what} is numbers but for {odd.iloc[0]!r} in line {odd.index[0]}; write it like "
            "1234.5, leave it empty, or drop the column."
        )
    return column.mask(column == "")


def _typed(texts: list[str]) -> np.ndarray:
    """Numbers, if all texts are what Python writes for numbers; "" becomes None."""
    for kind in (int, float):
        with suppress(ValueError):  # adding 0 takes the sign from -0.0
            if all(str(kind(t) + 0) == t and math.isfinite(float(t)) for t in {*texts} - {""}):
                return np.array([kind(text) if text else None for text in texts], dtype=object)
    return np.array([text or None for text in texts], dtype=object)


def read_parquet(path: Path, target: str | None) -> tuple[Any, Any]:
    """Integers beside missing values stay whole; an index with a name is a column."""
    pandas = require(["pandas", "pyarrow"], f"reading {path}")
    with loading(path):
        table = pandas.read_parquet(path, dtype_backend="numpy_nullable")
        named = [name for name in table.index.names if name is not None]
        table = table.reset_index(named).reset_index(drop=True)
    table = table.set_axis(table.columns.map(str), axis=1)
    labels = table.pop(find_column(path, target, list(table))).astype(object)
    for name, column in table.items():
        what = f"column {name!r} of {path}"
        if column.dtype.kind in "biuf":
            table[name] = column.to_numpy(np.float64, na_value=np.nan)
            check_exact(what, column, table[name], "row")
        else:
            check_plain(what, column.dropna())
            table[name] = column.astype(object).map(str, na_action="ignore")
    return table, labels.where(labels.notna(), None).to_numpy()


def find_column(path: Path, target: str | None, names: list[str]) -> str:
    """The name of the labels' column, by default the last; names come before numbers."""
    if len({*names}) < len(names):
        ((name, times),) = Counter(names).most_common(1)
        raise ValueError(f"{path} has {times} columns named {name!r}; rename one, or add a header.")
    if target in names and target is not None:
        return target
    with suppress(ValueError, IndexError):
        return names[int(target or -1)]
    raise ValueError(
        f"--target {target} is not a column of {path}; it has {len(names)}: "
        f"{', '.join(names[:8])}{', ...' if len(names) > 8 else ''}. Name one, or its number."
    )


def check_plain(what: str, values: Any) -> None:
    """Whether all are numbers or text, None being missing."""
    for value in values:
        if not isinstance(value, Real | np.bool_ | str | None):
            raise ValueError(
                f"{what} has values such as {value!r}, neither numbers nor text; write them so, or "
                "drop it."
            )


def check_exact(what: str, values: Any, numbers: Any, unit: str) -> None:
    """Whether float64 holds the values: none infinite, or an integer beyond 2**53."""
    places = getattr(values, "index", range(len(values)))
    values, numbers = np.asarray(values), np.asarray(numbers, np.float64)
    for k in np.flatnonzero(np.abs(numbers) >= LARGEST_EXACT).tolist():
        if np.isinf(numbers[k]) or re.fullmatch(r"[-+]?\d+", str(values[k])):
            raise ValueError(
                f"{what} has {str(values[k])[:40]} in {unit} {places[k]}, which is infinite or an "
                "integer beyond float64, 2**53 or more; correct or drop it."
            )
