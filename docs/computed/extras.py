"""The extras of pyproject.toml, what they install, and what for."""

import re
import tomllib
from pathlib import Path

from _table import show

USES = {
    "tables": "``python -m skcae --data`` with CSV and parquet files",
    "plot": "the displays of ``skcae.inspection``, ``python -m skcae --plot``",
    "progress": "the progress bars of scikit-learn 1.9 or later",
    "skops": "files that run no code when they are loaded, ``python -m skcae --save``",
    "onnx": ":func:`skcae.onnx.register`",
    "test": "``pytest``",
    "docs": "this documentation",
    "benchmarks": "the other packages in :doc:`benchmarks`",
    "lint": "changes to the code (:doc:`contributing`)",
    "release": "building the sdist and the wheel",
}
project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
extras = project["project"]["optional-dependencies"]
assert extras.keys() <= USES.keys()

rows = []
for extra, use in USES.items():
    names = [re.match(r"[\w-]+", needed)[0] for needed in extras.get(extra, [])]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    if names:
        rows.append([f"``{extra}``", use, shown])
show(["extra", "needed for", "installs"], rows)
