"""``python -m skcae`` on hostile files and failing disks: one line, status 2, nothing written."""

import os
import stat
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from functools import partial
from shutil import which

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from skcae import _files
from skcae.__main__ import main

if os.name == "posix":
    import resource
posix = pytest.mark.skipif(os.name != "posix", reason="users, pipes and limits are POSIX's")
linux = pytest.mark.skipif(sys.platform != "linux", reason="full disks to write to are Linux's")
IRIS = load_iris()
QUICK = ["--n-components", "3", "--max-iter", "2", "--cv", "2", "--alphas", "0.1", "--draws", "1"]
COLUMNS = 20_000


def refused(capsys, path, *argv):
    """The one line on stderr of a run that ends with status 2 and prints nothing else."""
    assert main(["--data", str(path), *QUICK, *map(str, argv)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err[:-1].isprintable()
    return err


@pytest.fixture
def data(tmp_path):
    np.savez(tmp_path / "data.npz", X=IRIS.data, y=IRIS.target)
    return tmp_path / "data.npz"


BOMBS = {
    "a quote that never ends": b'a,b,kind\n"' + b"1,2,0\n" * 100_000,
    "a quarter of a million digits": b"a,b,kind\n" + b"9" * 250_000 + b",1,0\n1,2,1\n",
    "more columns in one line than in the others": b"a,b,kind\n1,2,0\n" + b"1," * COLUMNS + b"0\n",
    "columns without rows": b",".join(b"c%d" % k for k in range(COLUMNS)) + b"\n",
    "zero bytes": b"\0" * 100_000,
    "formulas": b"a,b,kind\n=cmd|' /C calc'!A0,1,1.5\n=1+1,2,1.5\n",
    "commands to the terminal": b"\x1b]0;owned\x07\x1b[2J,b,kind\n1e999,1,0\n2,2,1\n",
    "not the text it should be": "a,b,kind\nä,1,0\n".encode("utf-16-le"),
    "infinite by rounding": b"a,b,kind\n1e999,1,0\n1,2,1\n",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_csv_bombs(tmp_path, capsys, bomb):
    path = tmp_path / "data.csv"
    path.write_bytes(BOMBS[bomb])
    assert str(path) in refused(capsys, path, "--output", tmp_path / "codes.npy")
    assert os.listdir(tmp_path) == ["data.csv"]


def test_an_archive_that_promises_more_than_memory_holds(tmp_path, capsys):
    path = tmp_path / "data.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("X.npy", "y.npy"):
            with archive.open(name, "w") as file:
                np.lib.format.write_array_header_1_0(
                    file, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**8)}
                )
    assert f"{path} cannot be read: " in refused(capsys, path)


@pytest.mark.parametrize("suffix", ["npz", "npy", "csv", "parquet"])
def test_broken_bytes(tmp_path, capsys, suffix):
    """Whatever the parsers raise at a file that was cut, changed or written over, it is one line."""
    path, table = tmp_path / f"data.{suffix}", np.column_stack([IRIS.data, IRIS.target])
    frame = pd.DataFrame(table, columns=list("abcde"))
    save = {
        "npz": lambda: np.savez(path, X=IRIS.data, y=IRIS.target),
        "npy": lambda: np.save(path, table),
    }
    save |= {
        "csv": lambda: frame.to_csv(path, index=False),
        "parquet": lambda: frame.to_parquet(path),
    }
    save[suffix]()
    whole, random = path.read_bytes(), np.random.RandomState(0)
    errors = set()
    for _ in range(60):
        broken = bytearray(whole[: random.choice([random.randint(1, len(whole)), len(whole)])])
        for _ in range(5):
            broken[random.randint(min(len(broken), 200))] = random.randint(256)
        path.write_bytes(broken)
        try:
            _files.read(path, None)
        except ValueError as error:  # anything else fails the test
            errors.add(str(error))
    assert len(errors) > 5


@contextmanager
def an_ordinary_user():
    """Root may read everything."""
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    try:
        yield
    finally:
        os.seteuid(user)


@posix
def test_a_file_that_may_not_be_read(tmp_path, capsys, monkeypatch):
    path = tmp_path / "data.npy"
    np.save(path, IRIS.data)
    path.chmod(0)
    monkeypatch.chdir(tmp_path)
    # The folders above belong to this user alone, so that another can name the file
    # only from within.
    tmp_path.chmod(0o755)
    with an_ordinary_user():
        assert "data.npy cannot be read: [Errno 13] Permission denied" in refused(capsys, path.name)


@posix
def test_a_pipe_is_not_replaced_by_the_output(data, tmp_path, capsys):
    pipe = tmp_path / "codes.npy"
    os.mkfifo(pipe)
    assert "codes.npy cannot be written: it is no plain file; name another file." in refused(
        capsys, data, "--output", pipe
    )
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def command(data, *argv, before=(), **options):
    """A run in a process of its own, its codes of 150 rows being more than 8192 bytes."""
    argv = [
        *before,
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "skcae",
        "--data",
        str(data),
        *QUICK,
        "--n-components",
        "8",
        *argv,
    ]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": ""}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(argv, text=True, check=False, timeout=120, env=environment, **streams)


@posix
def test_a_file_that_may_not_grow_leaves_the_old_output(data, tmp_path):
    """The system refuses to write more than 4096 bytes into a file."""
    (tmp_path / "out").mkdir()
    output = tmp_path / "out" / "codes.npy"
    output.write_bytes(b"old")
    run = command(
        data,
        "--output",
        output,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1] == (
        f"python -m skcae: {output} cannot be written: File too large; what was there is untouched. "
        "Free it, or name another."
    )
    assert output.read_bytes() == b"old"
    assert os.listdir(tmp_path / "out") == ["codes.npy"]


MOUNTED = 'mount -t tmpfs -o size=8k none "$0" && printf old > "$0/codes.npy" && "$@"; status=$?; ls -A "$0"; cat "$0/codes.npy"'


@linux
def test_a_full_disk_leaves_the_old_output(data, tmp_path):
    """A file system of 8192 bytes, one page of which the old output has, mounted for the run alone."""
    alone = ["unshare", "--map-root-user", "--mount"]
    if (
        not which("unshare")
        or subprocess.run(
            [*alone, "mount", "-t", "tmpfs", "none", tmp_path], check=False
        ).returncode
    ):
        pytest.skip("this system lets nobody mount a file system")
    output = tmp_path / "codes.npy"
    data = data.rename(tmp_path.parent / "data.npz")
    run = command(
        data, "--output", output, before=[*alone, "sh", "-c", f"{MOUNTED}; exit $status", tmp_path]
    )
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1] == (
        f"python -m skcae: {output} cannot be written: No space left on device; what was there is untouched. "
        "Free it, or name another."
    )
    assert run.stdout.splitlines()[-2:] == ["codes.npy", "old"]


@linux
def test_a_full_disk_behind_the_standard_output(data, tmp_path):
    with open("/dev/full", "w") as full:
        run = command(data, "--output", tmp_path / "codes.npy", stdout=full)
    assert (run.returncode, run.stderr) == (
        2,
        "python -m skcae: [Errno 28] No space left on device\n",
    )
    assert os.listdir(tmp_path) == ["data.npz"]


@posix
def test_results_that_cannot_be_printed_are_found_before_the_output_is_written(data, tmp_path):
    """The standard output is a file with room for the protocol and not for the table."""
    with open(tmp_path / "printed", "w") as printed:
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (500, 500))
        run = command(data, "--output", tmp_path / "codes.npy", stdout=printed, preexec_fn=limit)
    assert (run.returncode, run.stderr.splitlines()[-1]) == (
        2,
        "python -m skcae: [Errno 27] File too large",
    )
    assert sorted(os.listdir(tmp_path)) == ["data.npz", "printed"]


def test_the_temporary_file_is_nobodys_link(tmp_path, monkeypatch):
    output, victim = tmp_path / "codes.npy", tmp_path / "victim"
    output.write_bytes(b"old")
    victim.write_bytes(b"precious")
    monkeypatch.setattr(_files, "token_hex", lambda n: "guessed")
    (tmp_path / ".codes.npy.guessed").symlink_to(victim)
    with pytest.raises(
        OSError, match=r"codes\.npy cannot be written: File exists; what was there is untouched"
    ):
        _files.write(output, b"new")
    assert (output.read_bytes(), victim.read_bytes()) == (b"old", b"precious")


@posix
def test_output_through_a_link_and_with_the_permissions_of_what_was_there(tmp_path):
    target, link = tmp_path / "target.npy", tmp_path / "codes.npy"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to(target)
    _files.write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_too_little_memory_is_one_line(data, capsys):
    assert main(["--data", str(data), *QUICK, "--n-components", str(10**12)]) == 2
    assert (
        "need more memory to train than there is; lower n_components"
        in capsys.readouterr().err.splitlines()[-1]
    )
