"""Configuration of the documentation. Nothing here needs a network, neither at build time nor in the reader's browser."""

import os
import sys
from pathlib import Path

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # the models are small; threads would cost more than they save
HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext"), str(HERE / "figures")]
sys.path.append(str(HERE / "benchmarks"))  # last, since it has a distributed.py

import matplotlib

matplotlib.use("agg")

import figures

import skcae

project = "skcae"
author = "skcae developers"
copyright = f"2026, {author}"
version = release = skcae.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "matplotlib.sphinxext.plot_directive",
    "mathml",
    "docstrings",
    "computed",
    "links",
    "description",
    "alternatives",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_ext", "examples"]
smartquotes = False
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(sklearn|numpy|matplotlib|torch|scipy)\..*")]

SITES = {
    "matplotlib": "https://matplotlib.org/stable/",
    "numpy": "https://numpy.org/doc/stable/",
    "pandas": "https://pandas.pydata.org/docs/",
    "python": "https://docs.python.org/3/",
    "scikit-learn": "https://scikit-learn.org/stable/",
    "scipy": "https://docs.scipy.org/doc/scipy/",
    "torch": "https://docs.pytorch.org/docs/stable/",
}
"""Where names of other packages lead; the names are lists in the folder of inventories."""
intersphinx_mapping = {
    name: (site, str(HERE / "_inventories" / f"{name}.inv")) for name, site in SITES.items()
}

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"
viewcode_line_numbers = True

plot_include_source = False
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("png", 144)]
plot_working_directory = str(HERE)
plot_rcparams = figures.STYLE
plot_apply_rcparams = True

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": "/plot_",
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("skcae",),
    "capture_repr": ("_repr_html_",),
    "image_srcset": ["2x"],
    "image_scrapers": ("alternatives.scrape",),
    "reset_modules": ("figures.reset",),
    "backreferences_dir": "gallery/backreferences",
    "abort_on_example_error": True,
    "min_reported_time": 1,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_signature": False,
    "write_computation_times": False,
}

html_theme = "pydata_sphinx_theme"
html_title = f"skcae {version}"
html_logo = html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["skcae.css"]
html_show_sourcelink = False
html_sidebars = {
    page: []
    for page in (
        "faq",
        "glossary",
        "install",
        "tutorials",
        "changes",
        "citing",
        "contractive",
        "errors",
        "extending",
        "benchmarks/*",
        "gallery/*",
        "_modules/*",
    )
}
html_theme_options = {
    "logo": {"text": "skcae"},
    "navbar_align": "left",
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": ["about"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
