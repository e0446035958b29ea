"""Mathematics as MathML, made by docutils: formulas need no JavaScript, no font and no network in the browser."""

import re

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

EXPONENT = re.compile(r"(<msu[bp]\w*>\s*)<mo>(?=‖)")


def _mathml(tex: str, as_block: bool) -> str:
    """Bars with an exponent are as tall as those before them, and primes are those of the font."""
    text = tex2mathml(tex, as_block=as_block)
    text = text.replace("<mo>'", '<mo lspace="0" rspace="0">\N{PRIME}')
    return EXPONENT.sub(r'\1<mo stretchy="false">', text)


def _inline(translator, node):
    translator.body.append(_mathml(node.astext(), as_block=False))
    raise SkipNode


def _display(translator, node):
    translator.body.append(f'<div class="math">{_mathml(node.astext(), as_block=True)}</div>')
    raise SkipNode


def setup(app: Sphinx) -> dict:
    """Register the renderer; conf.py need not choose it, since it is the only one."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
