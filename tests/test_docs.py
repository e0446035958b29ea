"""What the documentation says: its examples run, and the docstrings agree with the code."""

import ast
import csv
import doctest
import importlib
import inspect
import pkgutil
import re
import runpy
import textwrap
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from estimators import short_fits

import skcae
from skcae import (
    AutoencoderDetector,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    FinetunedClassifier,
)

both = pytest.mark.parametrize(
    "Estimator", [ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder]
)
README = Path(__file__).parent.parent / "README.md"
DOCS = README.parent / "docs"
PAGES = [
    *sorted((DOCS / "guide").glob("*.rst")),
    *(DOCS / f"{name}.rst" for name in ("contractive", "extending", "faq")),
]
CODE = re.compile(
    r"^\.\. (?:code-block:: python\n\n((?:   .*\n|\n)+)|literalinclude:: (?!\.\.)(.+\.py)$)",
    re.MULTILINE,
)
MODULES = ["skcae"] + [
    module.name
    for module in pkgutil.walk_packages(skcae.__path__, "skcae.")
    if not module.name.endswith("__main__")
]
ENTRY = re.compile(r"^\*{0,2}(\w+) : (.+)$", re.MULTILINE)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def section(docstring, title):
    """The entries of one section of a numpydoc docstring: name to its line of types."""
    parts = re.split(r"^(.+)\n-{3,}\n", inspect.cleandoc(docstring), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    return dict(ENTRY.findall(sections.get(title, "")))


def public_functions():
    """Every function, class and method whose name is public, by dotted name."""
    for module in map(importlib.import_module, MODULES):
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield f"{module.__name__}.{name}", thing
            if inspect.isclass(thing):
                methods = {
                    key: value for key, value in vars(thing).items() if inspect.isfunction(value)
                }
                yield from (
                    (f"{module.__name__}.{name}.{key}", value)
                    for key, value in methods.items()
                    if key[0] != "_"
                )


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module):
    if module == "skcae.onnx":
        pytest.importorskip("skl2onnx")
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(importlib.import_module(module), optionflags=flags).failed == 0


def test_every_public_name_is_in_the_reference_and_in_the_changes():
    reference, changes = ((DOCS / page).read_text("utf-8") for page in ("api.rst", "changes.rst"))
    for module in MODULES:
        if any(part.startswith("_") or part == "core" for part in module.split(".")):
            continue
        parts = re.findall(
            rf"currentmodule:: {re.escape(module)}\n(.*?)(?=currentmodule|\Z)", reference, re.DOTALL
        )
        for name in importlib.import_module(module).__all__:
            assert re.search(rf"^(   |\.\. py:data:: ){name}$", "".join(parts), re.MULTILINE), (
                f"{module}.{name}"
            )
            assert f"`{module}.{name}`" in changes


def test_examples_exist():
    """Each public class shows its use."""
    for name in skcae.__all__:
        assert not callable(thing := getattr(skcae, name)) or ">>>" in thing.__doc__, name


def test_code_of_the_readme(capsys):
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        names: dict = {}
        exec(compile(block, str(README), "exec"), names)
        for name in ast.walk(ast.parse(block)):
            if isinstance(name, ast.ImportFrom) and name.module == "skcae":
                assert all(alias.name in skcae.__all__ for alias in name.names)
    printed = capsys.readouterr().out.strip()
    pixels, codes = map(float, re.findall(r"0\.\d\d", printed))
    assert codes >= pixels + 0.03
    assert printed in README.read_text("utf-8")


def test_ratios_of_the_readme_are_those_measured():
    """Every decimal number under the heading, in order, with the date and the class of machine that measured it."""

    def rows(name):
        with (DOCS / "benchmarks" / f"{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    small, large = rows("steps")[:2]
    (search,) = (row for row in rows("joint_search") if row["against"] == "GridSearchCV, n_jobs=1")
    assert "64-64" in small["shape"]
    assert "784-256" in large["shape"]
    ratios = [
        large["over floor"],
        large["over idiom"],
        small["over alpha=0"],
        large["over alpha=0"],
        search["ratio"],
    ]
    said = README.read_text("utf-8").partition("## Measured")[2].partition("##")[0]
    assert re.findall(r"\d+\.\d+", said) == [f"{float(ratio):.2f}" for ratio in ratios]
    for row in (small, large, search):
        platform, cpus, threads = row["machine"].split(", ")[:3]
        assert (cpus, threads) == ("2 CPUs", "2 OpenMP threads")
        assert f"two CPUs ({platform}, two OpenMP threads, {row['date']})" in said


def test_the_readme_has_the_errors_of_the_papers_classifier():
    errors = {"validation": defaultdict(list), "test": defaultdict(list)}
    published = ""
    with (DOCS / "benchmarks" / "papers.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if (row["method"], row["labels"]) == ("MTC", "1000"):
                error = row[f"{row['stage']} error %"]
                errors[row["stage"]][row["setting"]].append(float(error))
                published = row["published error %"] or published
    said = README.read_text("utf-8").partition("manifold tangent")[2].partition("\n\n")[0]
    labelled, there, of_all = map(float, re.findall(r"\d\.\d+", said))
    assert there == float(published)
    for error, all_rows in ((labelled, False), (of_all, True)):
        tested = [one for one in errors["test"] if ("tangent_rows='all'" in one) == all_rows]
        chosen = min(tested, key=lambda one: np.mean(errors["validation"][one]))
        assert error == round(np.mean(errors["test"][chosen]), 2)


class Close(doctest.OutputChecker):
    """Numbers may differ by 0.02, as accuracies do on another machine."""

    def check_output(self, want, got, optionflags):
        said, printed = (list(map(float, NUMBER.findall(text))) for text in (want, got))
        return NUMBER.sub("", want) == NUMBER.sub("", got) and printed == pytest.approx(
            said, abs=0.02
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_of_the_pages(page, monkeypatch):
    """The code that a page shows or includes runs, from top to bottom in one namespace, and prints what it says."""
    monkeypatch.syspath_prepend(str(DOCS / "computed"))
    names: dict = {"__name__": "page"}
    *others, last = CODE.split(page.read_text("utf-8"))
    for before, block, included in zip(*[iter(others)] * 3, strict=True):
        assert_printed(before, names, page)
        code = textwrap.dedent(block) if block else (page.parent / included).read_text("utf-8")
        exec(compile(code, str(page), "exec"), names)
    assert_printed(last, names, page)


def assert_printed(text, names, page):
    """What stands after ``>>>`` in the text of a page prints what stands below it."""
    shown = doctest.DocTestParser().get_doctest(text, names, page.stem, str(page), 0)
    assert doctest.DocTestRunner(Close()).run(shown).failed == 0


EXAMPLES = sorted((DOCS / "examples").glob("plot_*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_examples_are_short(example):
    lines = example.read_text("utf-8").splitlines()
    assert len(lines) < 105
    assert not [line for line in lines if len(line) > 88]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_examples_run(example, monkeypatch):
    """The build of the documentation runs them too, and fails where one does."""
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    runpy.run_path(str(example))
    plt.close("all")


@pytest.mark.parametrize(
    "Estimator",
    [*both.args[1], AutoencoderDetector, FinetunedClassifier],
)
def test_parameters_are_documented_in_order_with_their_defaults(Estimator):
    documented = section(Estimator.__doc__, "Parameters")
    signature = inspect.signature(Estimator).parameters
    assert list(documented) == list(signature)
    for name, parameter in signature.items():
        stated = documented[name].rpartition("default=")[2]
        assert ast.literal_eval(stated) == parameter.default, name
        assert type(ast.literal_eval(stated)) is type(parameter.default), name


@short_fits
@both
def test_attributes_are_documented(Estimator):
    documented = set(section(Estimator.__doc__, "Attributes"))
    X = np.random.RandomState(0).uniform(size=(40, 5))
    plain = Estimator(3, max_iter=2, learning_rate_init=0.01, random_state=0).fit(X)
    public = {
        name
        for name in dir(plain)
        if name.endswith("_") and not name.startswith("_") and hasattr(plain, name)
    }
    conditional = {"feature_names_in_", "validation_scores_", "best_validation_score_"}
    assert public == documented - conditional - {"curvature_curve_"}
    stopped = Estimator(3, max_iter=2, learning_rate_init=0.01, early_stopping=True).fit(X)
    assert set(vars(stopped)) - set(vars(plain)) == conditional - {"feature_names_in_"}
    for name in conditional - {"feature_names_in_"}:
        entry = Estimator.__doc__.partition(f"    {name} :")[2].partition(" : ")[0]
        assert "Only available if ``early_stopping=True``." in " ".join(entry.split())


@short_fits
def test_attributes_of_the_classifier_are_documented():
    documented = set(section(FinetunedClassifier.__doc__, "Attributes"))
    X = np.random.RandomState(0).uniform(size=(40, 5))
    y = np.arange(40) % 3
    cae = ContractiveAutoencoder(3, max_iter=2)
    options = {"n_tangents": 2, "early_stopping": True, "validation_fraction": 0.2}
    fitted = FinetunedClassifier(cae, max_iter=2, **options).fit(X, y)
    public = {name for name in vars(fitted) if name.endswith("_") and name[0] != "_"}
    assert public == documented - {"feature_names_in_"}


@short_fits
@both
def test_shapes_of_attributes_are_as_documented(Estimator):
    X = np.random.RandomState(0).uniform(size=(40, 5))
    estimator = Estimator(3, max_iter=2, learning_rate_init=0.01, random_state=0).fit(X)
    size = {"n_components": 3, "n_features": 5, "n_features_in_": 5, "n_alphas": 9}
    for name, kind in section(Estimator.__doc__, "Attributes").items():
        if match := re.fullmatch(r"ndarray of shape \((.*?),?\)", kind):
            expected = tuple(size[part.strip()] for part in match[1].split(","))
            if name != "feature_names_in_":
                assert getattr(estimator, name).shape == expected
        elif kind in ("int", "float") and hasattr(estimator, name):
            assert type(getattr(estimator, name)).__name__ == kind, name
        elif kind == "list of float" and hasattr(estimator, name):
            assert {type(value) for value in getattr(estimator, name)} == {float}, name


def test_parameters_of_public_functions_are_documented_in_order():
    checked = 0
    for name, function in public_functions():
        documented = list(section(function.__doc__ or "", "Parameters"))
        if documented:
            signature = [
                parameter
                for parameter in inspect.signature(function).parameters
                if parameter != "self"
            ]
            assert documented == signature, name
            checked += 1
    assert checked >= 5


@both
def test_public_methods_are_documented(Estimator):
    own = set() if Estimator is ContractiveAutoencoderCV else {"partial_fit"}
    for name in {
        "fit",
        "transform",
        "inverse_transform",
        "reconstruct",
        "score",
        "score_samples",
    } | own:
        docstring = getattr(Estimator, name).__doc__
        assert "Parameters\n" in docstring, name
        assert "Returns\n" in docstring, name


def test_rounding_is_as_the_guide_says():
    with (DOCS / "benchmarks" / "rounding.csv").open(newline="") as file:
        rows = [row | {"epochs": int(row["epochs"])} for row in csv.DictReader(file)]
    largest = {
        early: max(float(row["weights"]) for row in rows if (row["epochs"] <= 5) == early)
        for early in (True, False)
    }
    assert largest[True] <= 1e-4
    assert largest[False] > 0.1
    assert 0.01 < max(float(row["objective"]) for row in rows) < 0.1
