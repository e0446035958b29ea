"""Every module of the package in the order of its imports, and what it says that it is."""

import ast
from pathlib import Path

from _table import show

ROOT = Path(__file__).parents[2]
layout = ast.parse((ROOT / "tests" / "test_layout.py").read_text("utf-8"))
(order,) = (
    ast.literal_eval(node.value)
    for node in layout.body
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ORDER"
)
files = {path.relative_to(ROOT / "skcae") for path in (ROOT / "skcae").rglob("*.py")}
assert files == {Path(f"{module}.py") for module in order}
rows = []
for module in order:
    text = ast.get_docstring(ast.parse((ROOT / "skcae" / f"{module}.py").read_text("utf-8")))
    rows.append([f"``{module}``", text.partition("\n")[0]])
show(["Module", "What it is"], rows)
