"""What the package declares of itself."""

import importlib
import json
import re
import tomllib
from pathlib import Path

import pytest

from skcae._version import DOCUMENTATION, __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
USED_BY_TESTS = sorted({*PROJECT["dependencies"], *EXTRAS["test"]})
MODULES_TEXT = [path.relative_to(ROOT).as_posix() for path in (ROOT / "skcae").rglob("*.py")]
every_extra = pytest.mark.parametrize("extra", sorted(EXTRAS))


def text(name):
    return (ROOT / name).read_text("utf-8")


def package_and_floor(requirement):
    """Of ``dask[array]>=2024.8`` the name and the version."""
    name, floor = requirement.lower().split(">=")
    return name.partition("[")[0], floor


def pins(name):
    """Package to version, of a file of constraints."""
    lines = text(name).splitlines()
    return dict(line.lower().split("==") for line in lines if "==" in line)


@pytest.mark.parametrize("requirement", USED_BY_TESTS)
def test_oldest_set_is_what_is_declared(requirement):
    """``numpy>=1.26`` is tested with 1.26.0."""
    name, floor = package_and_floor(requirement)
    assert re.fullmatch(rf"{re.escape(floor)}(\.0)*", pins("constraints-oldest.txt")[name])


def test_all_that_is_optional_is_tested():
    optional = set(EXTRAS) - {"test", "docs", "benchmarks", "lint", "release"}
    assert optional
    assert {requirement for extra in optional for requirement in EXTRAS[extra]} <= {*EXTRAS["test"]}
    assert "pip install --quiet -c constraints.txt dask-ml" in text(".ci/run")
    assert "dask-ml" in pins("constraints.txt")


@every_extra
def test_releases_are_tested_with_one_exact_set(extra):
    pinned = pins("constraints.txt")
    for requirement in PROJECT["dependencies"] + EXTRAS[extra]:
        name, _ = package_and_floor(requirement)
        assert name in pinned, f"{name} is missing from constraints.txt"


def test_no_link_leads_to_what_is_not_there():
    """The package has no page of its own yet; with DOCUMENTATION come links, here and there."""
    named = [name for name in (*MODULES_TEXT, "README.md") if "://" in text(name)]
    assert DOCUMENTATION or not [*named, *PROJECT.get("urls", {})]
    assert not [name for name in MODULES_TEXT if "skcae[" in text(name)]


@pytest.mark.parametrize("page", sorted(path.name for path in ROOT.glob("*.md")))
def test_links_between_files_lead_to_files(page):
    links = re.findall(r"\]\(([^)]+)\)", text(page))
    assert not [link for link in links if not (ROOT / link).is_file()]


def test_pythons_that_are_declared_are_tested():
    prefix = "Programming Language :: Python :: "
    declared = [name.removeprefix(prefix) for name in PROJECT["classifiers"] if prefix in name]
    (tested,) = re.findall(
        r"^ +python: (\[.+\])$", text(".github/workflows/tests.yml"), re.MULTILINE
    )
    assert declared == ["3 :: Only", *json.loads(tested)]
    assert PROJECT["requires-python"] == f">={json.loads(tested)[0]}"
    assert 'python-version: "3.11"' in text(".github/workflows/tests.yml").partition("oldest:")[2]


def test_systems_that_are_declared_are_tested():
    systems = {"MacOS": "macos", "Microsoft :: Windows": "windows", "POSIX :: Linux": "ubuntu"}
    prefix = "Operating System :: "
    declared = [name.removeprefix(prefix) for name in PROJECT["classifiers"] if prefix in name]
    assert declared == [*systems]
    tested = text(".github/workflows/tests.yml")
    assert all(f"{system}-latest" in tested for system in systems.values())


def test_recipe_of_conda_is_the_package():
    recipe = text(".ci/conda/meta.yaml")
    assert re.findall(r'set version = "(.+)"', recipe) == [__version__]
    needed = re.findall(r"    - (.+)", recipe.partition("  run:")[2].partition("test:")[0])
    names = [need.replace(" ", "").replace("pytorch", "torch") for need in needed]
    assert names == [f"python{PROJECT['requires-python']}", *PROJECT["dependencies"]]
    assert f"skcae = {PROJECT['scripts']['skcae']}" in recipe


def test_the_script_is_the_command(capsys):
    module, _, name = PROJECT["scripts"]["skcae"].partition(":")
    with pytest.raises(SystemExit) as end:
        getattr(importlib.import_module(module), name)(["--help"])
    assert end.value.code == 0
    assert "--labelled" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["pytest", "sphinx-build -W docs docs/_build"])
def test_commands_of_the_readme_are_run(command):
    """By .ci/run, which finds them by how they begin and end."""
    (line,) = re.findall(rf"^pip install .*&& {command}$", text("README.md"), re.MULTILINE)
    patterns = re.findall(r"grep -m1 -E '(.+)' README", text(".ci/run"))
    assert sum(re.search(pattern, line) is not None for pattern in patterns) == 1
