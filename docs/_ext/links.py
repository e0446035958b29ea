"""Every link inside the built pages must lead somewhere, its anchor included; one that does not is a warning."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


class _Page(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors, self.links = {"", "top"}, set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value and tag != "link":
                self.links.add(value)


def _broken(folder: Path):
    pages = {path: _Page(path) for path in folder.rglob("*.html") if "_static" not in path.parts}
    for path, page in pages.items():
        for link in sorted(page.links):
            target, anchor = map(unquote, urldefrag(link))
            if ":" in target.partition("/")[0]:
                continue
            file = (path.parent / target.partition("?")[0]).resolve() if target else path
            if not file.exists() or (file in pages and anchor not in pages[file].anchors):
                yield path.relative_to(folder), link


def _check(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        for page, link in _broken(Path(app.outdir).resolve()):
            logger.warning("%s links to %s, which does not exist", page, link)


def setup(app: Sphinx) -> dict:
    """Check after the build."""
    app.connect("build-finished", _check, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
