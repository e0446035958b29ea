"""Numbers that the build computes: ``.. computed:: script.py [argument]`` runs it and reads what it prints."""

import io
import runpy
import sys
import traceback
import warnings
from contextlib import redirect_stdout
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Computed(SphinxDirective):
    """Runs the script named by its argument, relative to the page; a warning or error in it fails the build."""

    required_arguments, final_argument_whitespace = 1, True

    def run(self) -> list:
        script, *arguments = self.arguments[0].split()
        path = Path(self.env.relfn2path(script)[1])
        self.env.note_dependency(str(path))
        printed = io.StringIO()
        before = sys.argv
        sys.argv = [str(path), *arguments]
        sys.path.insert(0, str(path.parent))
        try:
            with redirect_stdout(printed), warnings.catch_warnings():
                warnings.simplefilter("error")
                runpy.run_path(str(path), run_name="__main__")
        except Exception as error:
            raise self.error("".join(traceback.format_exception(error))) from error
        finally:
            sys.argv = before
            sys.path.remove(str(path.parent))
        return self.parse_text_to_nodes(printed.getvalue())


def setup(app: Sphinx) -> dict:
    """Register the directive."""
    app.add_directive("computed", Computed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
