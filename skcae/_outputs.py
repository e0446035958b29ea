"""What the command asks of the system: modules, messages and files."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from shutil import copymode
from typing import Any


def tell(text: str) -> None:
    """Progress and errors, away from the results."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def require(modules: list[str], purpose: str, command: str) -> Any:
    """The first of these optional modules, all being there."""
    try:
        first, *_ = map(import_module, modules)
        return first
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs {' and '.join(modules)}, which cannot be imported; {command}."
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
