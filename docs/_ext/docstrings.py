"""Docstrings written for a terminal, made ready for reStructuredText: a type such as ``(n_features_in_,)`` is not a link."""

import re

from sphinx.application import Sphinx

ENTRY = re.compile(r"^\*{0,2}\w+ : ")
TRAILING = re.compile(r"(?<=\w)_(?=\W|$)")


def _escape(app, what, name, thing, options, lines) -> None:
    lines[:] = [
        TRAILING.sub(r"\\_", line) if ENTRY.match(line) and " : " in line else line
        for line in lines
    ]


def setup(app: Sphinx) -> dict:
    """Run before numpydoc does."""
    app.connect("autodoc-process-docstring", _escape, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
