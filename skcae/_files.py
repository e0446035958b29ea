"""Rows and labels from a user's file, and results into one. Every error says in one line what is wrong and how to mend it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from shutil import copymode
from typing import Any

import numpy as np


def read(path: Path, target: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows in float64 and their labels; ``target`` says where the labels are, in the way of the file's format."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(
            f"{path} must end in one of {', '.join(READERS)}; save the data as one of these."
        )
    _check_is_file(path)
    X, y = reader(path, target)
    y = _check_labels(path, y)
    return _check_rows(path, X, len(y)), y


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
    """Whether a file can be written there, found out before the work instead of after it."""
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
    """Replace the file as a whole: whoever looks sees the old content or the new, and an error leaves the old.

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
            f"{path} cannot be written: {error.strerror}; what was there is untouched. Free it, or name another."
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
    """Whatever numpy, zipfile, pandas and pyarrow raise at a bad file, as one error; broken bytes may raise anything."""
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as {path.suffix}: {error or type(error).__name__}. Save it again as numbers and text."
        ) from error


def _load(path: Path) -> Any:
    """An array, or the arrays of an archive; never an object array, for unpickling one runs what the file says."""
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
            f"{path} holds one array without a name; save with numpy.savez(file, X=X, y=y), or name it .npy."
        )
    for name in names:
        if name not in arrays:
            raise ValueError(
                f"{path} has no array {name!r}, only {list(arrays)}; save with numpy.savez(file, X=X, y=y)."
            )
    return arrays["X"], arrays[names[1]]


def _read_npy(path: Path, target: str | None) -> tuple[Any, Any]:
    table = _load(path)
    if not isinstance(table, np.ndarray) or table.ndim != 2:
        raise ValueError(
            f"{path} must hold one array of two dimensions, rows and columns; save it with numpy.save."
        )
    if target is not None and target.endswith(".npy"):
        return table, _load(Path(target))
    column = _column(path, target, list(range(table.shape[1])))
    return np.delete(table, column, axis=1), table[:, column]


def _read_csv(path: Path, target: str | None) -> tuple[Any, Any]:
    pandas = require(["pandas"], f"reading {path}", "pip install pandas")
    with _loading(path):
        frame = pandas.read_csv(path)
    names = list(frame.columns)
    if names != [str(number) for number in range(len(names))] and all(
        _is_number(name) for name in names
    ):
        raise ValueError(
            f"{path} has the numbers {', '.join(names[:3])} where names of columns are expected; add a header line."
        )
    return _split_frame(path, frame, target)


def _read_parquet(path: Path, target: str | None) -> tuple[Any, Any]:
    pandas = require(["pandas", "pyarrow"], f"reading {path}", "pip install pandas pyarrow")
    with _loading(path):
        frame = pandas.read_parquet(path)
    return _split_frame(path, frame.set_axis(frame.columns.map(str), axis=1), target)


def _split_frame(path: Path, frame: Any, target: str | None) -> tuple[Any, Any]:
    """Numeric columns, and the column of labels, None where one is missing."""
    names = list(frame.columns)
    labels = frame.pop(names[_column(path, target, names)])
    for name in frame.columns:
        # pandas calls a column so that had no name: the index of rows that to_csv
        # writes unless told not to.
        if name.startswith("Unnamed: "):
            raise ValueError(
                f"{path} has a column without a name, perhaps row numbers; drop it, or save with index=False."
            )
        if frame[name].dtype.kind not in "biuf":
            raise ValueError(
                f"column {name!r} of {path} is not numeric; drop it, or encode it as numbers."
            )
    X = (
        np.column_stack([frame[name].to_numpy(float, na_value=np.nan) for name in frame])
        if len(frame.columns)
        else frame
    )
    return X, labels.astype(object).where(labels.notna(), None).to_numpy()


def _column(path: Path, target: str | None, names: list[Any]) -> int:
    """The position of the column of labels, the last by default; a name goes before a number that it might also be."""
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
            f"--target {target} is not a column of {path}; it has {len(names)}: {known}. Name one, or its number."
        )
    return int(float(target)) % len(names)


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _check_rows(path: Path, X: Any, n_labels: int) -> np.ndarray:
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(
            f"X in {path} has shape {X.shape}, where rows and columns are expected; reshape or separate them."
        )
    if X.dtype.kind not in "biuf":
        raise ValueError(
            f"X in {path} has dtype {X.dtype}, which is not numeric; encode it as numbers."
        )
    if len(X) != n_labels:
        raise ValueError(
            f"{path} has {len(X)} rows, but {n_labels} labels; give one label to each row."
        )
    X = X.astype(np.float64)
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        row, column = bad[0]
        raise ValueError(
            f"{path} has {len(bad)} values that are missing, NaN or infinite, the first in row {row}, feature {column} "
            "(from 0); impute them, or drop these rows."
        )
    return X


def _check_labels(path: Path, y: Any) -> np.ndarray:
    """Labels of one dimension and a type of their own: object arrays become integers or strings."""
    if y.ndim != 1 and y.shape != (len(y), 1):
        raise ValueError(
            f"the labels of {path} have shape {y.shape}; give one label to each row, not a column per class."
        )
    values = y.ravel().tolist()
    if any(value is None or value != value for value in values):
        raise ValueError(
            f"{path} has rows without a label (missing or NaN); drop them, or label them."
        )
    y = np.array(values)
    if y.dtype.kind == "f" and (y != y.round()).any():
        raise ValueError(
            f"the labels of {path} are real numbers, not classes; choose another --target, or bin them."
        )
    return y


READERS = {".npz": _read_npz, ".npy": _read_npy, ".csv": _read_csv, ".parquet": _read_parquet}
