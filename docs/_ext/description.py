"""A page's first paragraph as its meta description, which search engines show."""

from html import escape
from textwrap import shorten

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def _describe(app, name, template, context, doctree) -> None:
    if doctree is None:
        return
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, (nodes.section, addnodes.desc_content)):
            text = shorten(paragraph.astext(), 160, placeholder=" ...")
            tag = f'<meta name="description" content="{escape(text)}" />'
            context["metatags"] = context.get("metatags", "") + tag
            return


def setup(app: Sphinx) -> dict:
    """Describe each page when it is written."""
    app.connect("html-page-context", _describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
