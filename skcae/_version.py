"""The version, and where it is documented."""

__version__ = "0.2.0.dev0"

DOCUMENTATION = ""
"""The address of this version's documentation. While it is empty there are no links."""
PAGE = DOCUMENTATION and DOCUMENTATION + "/api/{estimator_module}.{estimator_name}.html"
"""The page of an estimator, as scikit-learn's HTML representation fills it in."""
