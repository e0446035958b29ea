"""The architecture: which module may import, call and reach for what."""

import ast
import subprocess
import sys

import pytest
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.model_selection import GridSearchCV
from sources import MODULES, at_module_level, every_module, imported, is_string

import skcae

# fmt: off
ORDER = [
    "core/__init__", "core/modes", "core/activations", "core/losses", "core/sparse", "core/draws", "core/corruptions",
    "core/jacobian", "core/model", "core/penalties", "core/solvers", "core/state", "core/span", "core/streams",
    "core/protocol", "core/fused", "core/gram", "core/objective", "core/classification", "core/lanczos", "core/tangents",
    "core/sampling", "core/monitor", "core/team", "core/group", "core/train",
    "exceptions", "_version", "_bridge", "_domain", "_validation", "_defaults", "_callbacks", "_finished",
    "_state", "distributed", "_fitted", "_seen", "_outcome", "_codes", "_training", "_base", "_holders",
    "_spread", "sampling",
    "inspection/_plotting", "inspection/_jacobian", "inspection/_codes", "inspection/_check",
    "inspection/_spectrum", "inspection/_display_training", "inspection/_display_search",
    "inspection/_display_alpha_path", "inspection/_display_components", "inspection/_display_images",
    "inspection/_display_curves", "inspection/_display_walks", "inspection/__init__",
    "_contractive", "_denoising", "metrics", "_together", "_path", "_alpha_grid", "_splits", "_contractive_cv",
    "_stack", "_network", "_labels", "_finetuning", "_finetuned", "_outliers", "_trusted", "_joint",
    "model_selection", "_graph", "onnx", "__init__", "_files", "_comparison",
    "__main__",
]
# fmt: on
"""Every module may import those before it."""
OPTIONAL = {
    "dask",
    "distributed",
    "matplotlib",
    "pandas",
    "polars",
    "rich",
    "skops",
    "skl2onnx",
    "onnx",
    "onnxruntime",
}


def modules_imported(module):
    """Our own modules, among them those that are imported late."""
    for name in imported(ast.walk(MODULES[module])):
        if name.startswith("skcae"):
            path = name.removeprefix("skcae").removeprefix(".").replace(".", "/")
            places = (path, path.rpartition("/")[0])
            found = [place for place in places if f"{place}.py" in MODULES]
            found += [f"{place}/__init__" for place in places if f"{place}/__init__.py" in MODULES]
            yield (*found, "__init__")[0]


def test_every_module_has_its_place():
    assert {module.removesuffix(".py") for module in MODULES} <= set(ORDER)


@every_module
def test_imports_go_up_the_list_only(module):
    name = module.removesuffix(".py")
    below = ORDER[ORDER.index(name) :] if name in ORDER else []
    assert not set(modules_imported(module)) & set(below)


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("core/")))
def test_the_core_knows_torch_and_itself_alone(module):
    for name in imported(ast.walk(MODULES[module])):
        top = name.partition(".")[0]
        assert top == "torch" or top in sys.stdlib_module_names or name.startswith("skcae.core"), (
            f"{module} imports {name}"
        )


@every_module
def test_numpy_and_torch_meet_in_the_bridge_only(module):
    crossings = [
        f"line {node.lineno}: {ast.unparse(node.func)}"
        for node in ast.walk(MODULES[module])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("from_numpy", "numpy")
    ]
    assert module == "_bridge.py" or not crossings


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name != "_"


def is_name(text):
    """Whether a string may name an attribute, and is no suffix of names."""
    return text.isidentifier() and not text.endswith("_")


def names_of_our_own(tree):
    """Names that a module gives to functions, classes, variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.Dict):
            yield from (key.value for key in node.keys if is_string(key))


def names_used(tree):
    """Names that a module imports, gives, accesses or spells in a string."""
    nodes = list(ast.walk(tree))
    parts = {part for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    yield from names_of_our_own(tree)
    for name in imported(nodes):
        if not name.startswith("skcae"):
            yield from name.split(".")
    for node in nodes:
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif is_string(node) and is_name(node.value) and node not in parts:
            yield node.value


INHERITED = {
    name
    for base in (BaseEstimator, TransformerMixin, ClassNamePrefixFeaturesOutMixin, GridSearchCV)
    for name in dir(base)
}
OURS = {
    name for tree in MODULES.values() for name in names_of_our_own(tree) if name not in INHERITED
}
ANYWHERE = set(MODULES)
PRIVATE_NAMES_OF_OTHERS = {
    "_fit_context": ({"_validation.py"}, "checks parameters at the start of a fit"),
    "_param_validation": ({"_validation.py"}, "the kinds of constraints"),
    "_check_sample_weight": ({"_validation.py"}, "checks weights"),
    "_parameter_constraints": (ANYWHERE, "customary in every compatible estimator"),
    "_doc_link_module": (ANYWHERE, "documented for compatible estimators"),
    "_doc_link_template": (ANYWHERE, "documented for compatible estimators"),
    "_validate_params": (
        {"_alpha_grid.py", "_base.py", "_stack.py", "_together.py", "model_selection.py"},
        "checks parameters",
    ),
    "_get_param_names": ({"_contractive_cv.py", "_state.py"}, "names of a class's parameters"),
    "_run_search": ({"model_selection.py"}, "documented hook of searches"),
    "_init_callback_context": ({"_callbacks.py", "model_selection.py"}, "protocol of callbacks"),
    "_skl_callbacks": ({"_callbacks.py"}, "where callbacks are kept"),
    "_skl_callbacks_to_teardown": ({"_callbacks.py"}, "where callbacks are kept"),
    "_callback_fit_ctx": ({"_callbacks.py"}, "where callbacks are kept"),
    "_parent_callback_ctx": ({"_callbacks.py"}, "where callbacks are kept"),
    "_checked_cv_orig": ({"model_selection.py"}, "what a search keeps of another's splits"),
    "_safe_split": ({"_validation.py"}, "the rows of a fold, as searches cut them"),
    "_check_method_params": ({"_validation.py"}, "the fit parameters of a fold"),
    "_finished_trainings": ({"_finished.py"}, "an attribute of ours, by its name"),
    "_getframe": ({"_outcome.py"}, "the user's line, which a warning points at"),
    "_apply_zipmap": ({"onnx.py"}, "the outputs of a classifier, as skl2onnx has them"),
    "_current_frames": ({"_outcome.py"}, "the same, where a thread has none"),
    "_fused_adam_": ({"core/solvers.py"}, "a step of Adam in one kernel"),
}
PUBLIC_MODULES = sorted(
    {module.removesuffix(".py").partition("/")[0] for module in MODULES if module[0] != "_"}
    - {"core"}
)
NAMED_TUPLES = {"_replace", "_fields", "_asdict"}
"""Public, in spite of their names."""


@every_module
def test_private_names_of_others_are_used_where_the_list_says(module):
    """Names of scikit-learn, torch and all else, inherited names among them."""
    allowed = {name for name, (modules, _) in PRIVATE_NAMES_OF_OTHERS.items() if module in modules}
    used = set(filter(is_private, names_used(MODULES[module])))
    unlisted = used - OURS - NAMED_TUPLES - allowed
    assert not unlisted


@every_module
def test_optional_packages_are_imported_where_they_are_used(module):
    loaded = {name.partition(".")[0] for name in imported(at_module_level(MODULES[module]))}
    assert not loaded & OPTIONAL


@pytest.mark.parametrize(
    "module", sorted(set(MODULES) - {"__main__.py", "_comparison.py"})
)  # the command owns its process
def test_no_torch_optim_and_no_global_settings(module):
    nodes = list(ast.walk(MODULES[module]))
    used = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)} | set(
        imported(nodes)
    )
    # Of a forked process, and of the caller's own thread while a small fit runs.
    used -= {"torch.set_num_threads"} if module in ("_bridge.py", "core/modes.py") else set()
    ends = (
        "set_num_threads",
        "torch.manual_seed",
        "np.random.seed",
        "set_default_dtype",
        "logging.basicConfig",
    )
    assert not [
        name
        for name in used
        if name.startswith(("torch.optim", "torch.compile")) or name.endswith(ends)
    ]


def test_public_names():
    assert all(hasattr(skcae, name) for name in skcae.__all__)
    tree = MODULES["__init__.py"]
    names = [name for name in imported(ast.walk(tree)) if name.startswith("skcae")]
    bound = {name.rpartition(".")[2] for name in names}
    assert bound - {"names_to_trust"} == {*skcae.__all__, "__version__", *PUBLIC_MODULES} - {
        "TRUSTED_TYPES"
    }


def test_public_modules_are_there_after_the_import_of_the_package():
    """In a process of its own, where no test has imported them."""
    code = f"import skcae; [getattr(skcae, name) for name in {PUBLIC_MODULES}]"
    subprocess.run([sys.executable, "-c", code], check=True)
