"""Diagnostics at three strengths of contraction."""

from _squared import PATH, X
from _table import show

from skcae.inspection import contraction, local_dimension, saturation

rows = []
for cae in PATH:
    measured = [
        float(measure(cae, X).mean()) for measure in (contraction, saturation, local_dimension)
    ]
    rows.append([f"{cae.alpha:g}", -cae.score(X), *measured])
show(
    ["alpha", "reconstruction loss", ":math:`\\| J \\|_F^2`", "saturation", "local dimension"], rows
)
plain, some, much = (row[-1] for row in rows)
assert plain > 35
assert some < 15
assert much < 6
