"""Types to trust when skops loads a file."""

from collections.abc import Iterable

ELSEWHERE = [
    "skcae._callbacks.InMemory",
    "skcae.metrics.RoutedScorer",
    "skcae.metrics.denoising_score",
    "skcae.metrics.linear_probe_score",
    "skcae.metrics.mean_contraction",
    "skcae.model_selection.JointGridSearchCV",
]
"""Types that the modules of the package have, and scorers."""


def names_to_trust(public: Iterable[object]) -> list[str]:
    """Qualified names of the types among the public objects, and of NOT_IMPORTED."""
    types = [thing for thing in public if isinstance(thing, type)]
    return [*(f"{kind.__module__}.{kind.__qualname__}" for kind in types), *ELSEWHERE]
