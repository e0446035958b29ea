"""The version, and where it is documented."""

__version__ = "0.2.0.dev0"

DOCUMENTATION = "https://skcae.readthedocs.io/en/stable"
PAGE = DOCUMENTATION + "/api/{estimator_module}.{estimator_name}.html"
"""The page of an estimator, as scikit-learn's HTML representation fills it in."""
