"""What a reader may rely on: classes stay what they are, and parts are of a readable size."""

import ast

from sources import MODULES, PACKAGE, every_module


@every_module
def test_no_class_is_made_or_changed_at_run_time(module):
    nodes = list(ast.walk(MODULES[module]))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    inner = [node for function in functions for node in ast.walk(function)]
    made = [node.name for node in inner if isinstance(node, ast.ClassDef)]
    made += [ast.unparse(node) for node in nodes if makes_a_class(node)]
    changed = [ast.unparse(node) for node in nodes if is_store(node, "__class__")]
    assert not made + changed


def makes_a_class(node):
    """A call of ``type`` with a name, bases and attributes."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "type" and len(node.args) == 3


def is_store(node, attribute):
    stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    return stored and node.attr == attribute


@every_module
def test_attributes_as_a_whole_are_written_where_they_are_taken_back(module):
    """By assignment to ``__dict__`` or its update, which no search for a name finds."""
    nodes = list(ast.walk(MODULES[module]))
    if any(isinstance(node, ast.FunctionDef) and node.name == "all_or_nothing" for node in nodes):
        return
    updates = [
        node
        for node in nodes
        if isinstance(node, ast.Call)
        if ast.unparse(node.func).endswith(("__dict__.update", "__dict__.clear"))
    ]
    written = [node for node in nodes if is_store(node, "__dict__")] + updates
    assert not [f"line {node.lineno}: {ast.unparse(node)}" for node in written]


# Sizes

LONG = {
    "_contractive_cv.py",
    "_finetuned.py",
    "_outliers.py",
    "metrics.py",
    "inspection/_spectrum.py",
}
"""Long by their docstrings; their code is not."""


def has_docstring(node):
    kinds = ast.FunctionDef | ast.ClassDef | ast.Module
    return isinstance(node, kinds) and ast.get_docstring(node) is not None


def lines_of_docstrings(tree):
    texts = [node.body[0] for node in ast.walk(tree) if has_docstring(node)]
    return sum(text.end_lineno - text.lineno + 1 for text in texts)


@every_module
def test_no_function_body_is_longer_than_a_screen(module):
    """Of 40 lines; the docstring is not counted."""
    too_long = []
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.FunctionDef) and (body := node.body[has_docstring(node) :]):
            size = body[-1].end_lineno - body[0].lineno + 1
            too_long += [(node.name, size)] if size > 40 else []
    assert not too_long


@every_module
def test_lines_end_by_column_100(module):
    lines = (PACKAGE / module).read_text("utf-8").splitlines()
    assert not [number for number, line in enumerate(lines, 1) if len(line) > 100]


@every_module
def test_files_are_of_300_lines_at_most(module):
    n_lines = len((PACKAGE / module).read_text("utf-8").splitlines())
    counted = n_lines - lines_of_docstrings(MODULES[module]) if module in LONG else n_lines
    assert counted <= 300
