"""The package as syntax trees, and what tests of its architecture ask of them."""

import ast
from pathlib import Path

import pytest

import skcae

PACKAGE = Path(skcae.__file__).parent
MODULES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in PACKAGE.rglob("*.py")
}
every_module = pytest.mark.parametrize("module", sorted(MODULES))


def imported(nodes):
    """The dotted names that import statements bind, ``from a import b`` as ``a.b``."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_module_level(tree):
    """All statements that run on import: those outside of functions."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        yield node
        nodes += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        ]


def is_string(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
