"""The architecture: which module may import and call what."""

import ast
import sys
from pathlib import Path

import pytest

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


@every_module
def test_private_names_of_scikit_learn_stay_in_the_validation(module):
    private = [
        name
        for name in imported(ast.walk(MODULES[module]))
        if name.startswith("sklearn.") and any(part.startswith("_") for part in name.split("."))
    ]
    assert module == "_validation.py" or not private


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
    assert bound == {*skcae.__all__, "__version__"}
