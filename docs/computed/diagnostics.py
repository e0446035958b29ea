"""Diagnostics at three strengths of contraction."""

from _digits import PATH, X
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
