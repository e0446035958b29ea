"""Rows and labels from a user's file, and results into one; every error is one line."""

import os
from pathlib import Path
from secrets import token_hex
from shutil import copymode
from typing import Any

import numpy as np

from skcae._tables import check_exact, check_plain, find_column, loading, read_csv, read_parquet


def read(path: Path, target: str | None) -> tuple[Any, np.ma.MaskedArray]:
    """Rows, a DataFrame if a column is text, and labels, masked where a row has none."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"{path} must end in one of {', '.join(READERS)}; save the data as such.")
    X, y = reader(path, target)
    y = _labels(path, y)
    if isinstance(X, np.ndarray):
        X = _array(path, X)
    elif all(dtype.kind == "f" for dtype in X.dtypes):
        X = X.to_numpy()
    if len(X) != len(y) or 0 in X.shape:
        raise ValueError(
            f"{path} has {len(X)} rows of {X.shape[1]} features, but {len(y)} labels; give "
            "features and one label to each row."
        )
    return X, y


def _load(path: Path) -> dict[str, np.ndarray]:
    """Arrays by name, but no objects: unpickling runs what the file says."""
    with loading(path), path.open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        return {"": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)


def _read_npz(path: Path, target: str | None) -> tuple[Any, Any]:
    arrays, name = _load(path), target or "y"
    if not {"X", name} <= arrays.keys():
        raise ValueError(
            f"{path} must hold arrays by the names of X and {name}, but has {[*arrays]}; save with "
            f"numpy.savez(file, X=X, {name}={name})."
        )
    return arrays["X"], arrays[name]


def _read_npy(path: Path, target: str | None) -> tuple[Any, Any]:
    table = _array(path, _load(path).get(""))
    if target is not None and target.endswith(".npy"):
        return table, _load(Path(target)).get("")
    column = int(find_column(path, target, [*map(str, range(table.shape[1]))]))
    return np.delete(table, column, axis=1), table[:, column]


def _array(path: Path, X: Any) -> np.ndarray:
    X = np.asarray(X)
    if X.ndim != 2 or X.dtype.kind not in "biuf":
        raise ValueError(
            f"X in {path} has shape {X.shape} and dtype {X.dtype}, where rows and columns of "
            "numbers are expected; reshape it, encode it, or rename an archive of arrays to .npz."
        )
    for k, column in enumerate(X.T):
        check_exact(f"column {k} of X in {path}", column, column, "row")
    return X.astype(np.float64)


def _labels(path: Path, y: np.ndarray) -> np.ma.MaskedArray:
    """Integers, bools or text, whichever keeps all that distinguishes the labels."""
    if np.ndim(y) != 1 and np.shape(y) != (np.size(y), 1):
        raise ValueError(f"labels of {path} have shape {np.shape(y)}; give one label to each row.")
    values = y.ravel().tolist()
    check_plain(f"the column of labels in {path}", values)
    missing = [value in (None, "") or value != value for value in values]
    if all(missing):
        raise ValueError(f"{path} has no label in any of {len(values)} rows; label some.")
    known = [value for value, gone in zip(values, missing, strict=True) if not gone]
    if isinstance(known[0], float | np.floating):
        if real := [value for value in known if not value.is_integer()]:
            raise ValueError(
                f"the labels of {path} are real numbers, not classes, such as {real[0]:g}; choose "
                "another --target, or bin them."
            )
        known = [int(value) for value in known]
    classes = np.array(known)
    if classes.dtype.kind not in "biuU" or classes.tolist() != known:
        classes = np.array([*map(str, known)], dtype=object)
    labels = np.zeros(len(values), classes.dtype)
    labels[np.logical_not(missing)] = classes
    return np.ma.masked_array(labels, missing)


ARRAYS = {".npz": _read_npz, ".npy": _read_npy}
READERS = {**ARRAYS, ".csv": read_csv, ".tsv": read_csv, ".parquet": read_parquet}


def check_writable(path: Path, suffixes: tuple[str, ...]) -> None:
    """Whether a file can be written there, found out before the work."""
    target = Path(os.path.realpath(path))  # of a link what it leads to, which is what is replaced
    faults = {
        f"must end in {' or '.join(suffixes)}": path.suffix.lower() not in suffixes,
        "is a directory, a device or a pipe": path.exists() and not path.is_file(),
        "is a link that leads back to itself": target.is_symlink(),
        f"is in no folder, for there is no {target.parent}": not target.parent.is_dir(),
        "is in a folder that is not writable": not os.access(target.parent, os.W_OK),
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
