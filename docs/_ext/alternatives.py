"""Words for pictures: an example says what each of its figures shows, in a variable ``alt``; a thumbnail has its title."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_gallery.scrapers import matplotlib_scraper

ALT = re.compile(r"^( +:alt: )(.*)$", re.MULTILINE)
THUMBNAIL = re.compile(r"sphx_glr_(\w+)_thumb\.")


def scrape(block, block_vars, gallery_conf, **options) -> str:
    """The figures of a block of code with its ``alt``, behind which the titles of axes stand."""
    text = matplotlib_scraper(block, block_vars, gallery_conf, **options)
    if not text:
        return text
    alt = block_vars["example_globals"].pop("alt")
    return ALT.sub(lambda found: found[1] + alt + _titles(found[2]), text)


def _titles(alt: str) -> str:
    """What stands in place of a title is the name of the file."""
    return "" if alt.startswith("plot ") else f": {alt}"


def _name_thumbnails(app, doctree, page) -> None:
    for image in doctree.findall(nodes.image):
        if found := THUMBNAIL.search(image["uri"]):
            image["alt"] = app.env.titles[f"gallery/{found[1]}"].astext()


def setup(app: Sphinx) -> dict:
    """Name thumbnails when all titles are known."""
    app.connect("doctree-resolved", _name_thumbnails)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
