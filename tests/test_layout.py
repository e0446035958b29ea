"""The architecture: which module may import, call and reach for what."""

import ast
import sys
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.model_selection import GridSearchCV

import skcae

PACKAGE = Path(skcae.__file__).parent
MODULES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in PACKAGE.rglob("*.py")
}
CORE_ORDER = [
    "activations",
    "losses",
    "jacobian",
    "model",
    "draws",
    "corruptions",
    "streams",
    "penalties",
    "protocol",
    "fused",
    "objective",
    "classification",
    "solvers",
    "state",
    "monitor",
    "team",
    "group",
    "train",
]
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
every_module = pytest.mark.parametrize("module", sorted(MODULES))


def imported(nodes):
    """The dotted names that import statements bind, ``from a import b`` as ``a.b``."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_module_level(tree):
    """All statements that run on import: those outside of functions."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        yield node
        nodes += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        ]


def test_the_list_of_core_modules_is_complete():
    assert {f"core/{name}.py" for name in [*CORE_ORDER, "__init__"]} == {
        name for name in MODULES if name.startswith("core/")
    }


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("core/")))
def test_the_core_knows_torch_and_itself_alone(module):
    for name in imported(ast.walk(MODULES[module])):
        top = name.partition(".")[0]
        assert top == "torch" or top in sys.stdlib_module_names or name.startswith("skcae.core"), (
            f"{module} imports {name}"
        )


@pytest.mark.parametrize("position", range(len(CORE_ORDER)), ids=CORE_ORDER)
def test_core_modules_import_those_above_them_only(position):
    above = set(CORE_ORDER[:position])
    for name in imported(ast.walk(MODULES[f"core/{CORE_ORDER[position]}.py"])):
        if name.startswith("skcae"):
            assert name.split(".")[2] in above, f"{CORE_ORDER[position]} imports {name}"


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


def is_string(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


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
        elif is_string(node) and node.value.isidentifier() and node not in parts:
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
        {"_base.py", "_path.py", "_stack.py", "model_selection.py"},
        "checks parameters",
    ),
    "_get_param_names": ({"_contractive_cv.py", "_state.py"}, "names of a class's parameters"),
    "_run_search": ({"model_selection.py"}, "documented hook of searches"),
    "_init_callback_context": ({"_callbacks.py", "model_selection.py"}, "protocol of callbacks"),
    "_skl_callbacks": ({"_callbacks.py"}, "where callbacks are kept"),
    "_skl_callbacks_to_teardown": ({"_callbacks.py"}, "where callbacks are kept"),
    "_callback_fit_ctx": ({"_callbacks.py"}, "where callbacks are kept"),
    "_parent_callback_ctx": ({"_callbacks.py"}, "where callbacks are kept"),
    "_fused_adam_": ({"core/solvers.py"}, "a step of Adam in one kernel"),
    "_joint_rows": ({"_joint.py"}, "a fit parameter of the stand-in"),
    "_checked_cv_orig": ({"model_selection.py"}, "what a search keeps of another's splits"),
}
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
    used -= {"torch.set_num_threads"} if module == "_bridge.py" else set()  # of a forked process
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


def test_no_import_cycle():
    """Of modules that import each other, neither can be understood first."""
    names = {
        name: "skcae." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in MODULES
    }
    names["__init__.py"] = "skcae"
    known = {dotted: name for name, dotted in names.items()}

    def targets(name):
        for dotted in imported(at_module_level(MODULES[name])):
            target = known.get(dotted) or known.get(dotted.rpartition(".")[0])
            if target and target != name and not target.endswith("__init__.py"):
                yield target

    def visit(name, path):
        assert name not in path, " -> ".join([*path, name])
        if name not in done:
            for target in targets(name):
                visit(target, [*path, name])
            done.add(name)

    done: set[str] = set()
    for name in MODULES:
        visit(name, [])


def test_public_names():
    assert all(hasattr(skcae, name) for name in skcae.__all__)
    tree = MODULES["__init__.py"]
    bound = {
        name.rpartition(".")[2] for name in imported(ast.walk(tree)) if name.startswith("skcae")
    }
    assert bound - {"names_to_trust"} == {*skcae.__all__, "__version__"} - {"TRUSTED_TYPES"}
