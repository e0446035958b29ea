"""What the package declares of itself."""

import re
import tomllib
from pathlib import Path

import pytest

from skcae._version import DOCUMENTATION

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
USED_BY_TESTS = sorted({*PROJECT["dependencies"], *EXTRAS["test"]})
every_extra = pytest.mark.parametrize("extra", sorted(EXTRAS))


def package_and_floor(requirement):
    """Of ``dask[array]>=2024.8`` the name and the version."""
    name, floor = requirement.lower().split(">=")
    return name.partition("[")[0], floor


def pins(name):
    """Package to version, of a file of constraints."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return dict(line.lower().split("==") for line in lines if "==" in line)


@pytest.mark.parametrize("requirement", USED_BY_TESTS)
def test_oldest_set_is_what_is_declared(requirement):
    """``numpy>=1.26`` is tested with 1.26.0."""
    name, floor = package_and_floor(requirement)
    assert re.fullmatch(rf"{re.escape(floor)}(\.0)*", pins("constraints-oldest.txt")[name])


def test_all_that_is_optional_is_tested():
    optional = set(EXTRAS) - {"test", "docs", "benchmarks", "lint"}
    assert optional
    assert {requirement for extra in optional for requirement in EXTRAS[extra]} <= {*EXTRAS["test"]}
    assert "pip install --quiet -c constraints.txt dask-ml" in (ROOT / ".ci" / "run").read_text(
        "utf-8"
    )
    assert "dask-ml" in pins("constraints.txt")


@every_extra
def test_releases_are_tested_with_one_exact_set(extra):
    pinned = pins("constraints.txt")
    for requirement in PROJECT["dependencies"] + EXTRAS[extra]:
        name, _ = package_and_floor(requirement)
        assert name in pinned, f"{name} is missing from constraints.txt"


def test_links_lead_to_the_documentation_that_the_package_names():
    assert PROJECT["urls"]["Documentation"] == DOCUMENTATION
    listed = re.findall(
        r"^   (\w+)$", (ROOT / "docs" / "api.rst").read_text("utf-8"), flags=re.MULTILINE
    )
    assert {"ContractiveAutoencoder", "DenoisingAutoencoder", "JointGridSearchCV"} <= set(listed)
