"""What type checkers are told: names as the tables have them, attributes as they are documented.

mypy checks typed_use.py, which is what a user writes.
"""

import inspect
import re
from typing import get_args, get_type_hints

import pytest

from skcae import (
    AutoencoderDetector,
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    FinetunedClassifier,
)
from skcae.core import activations, corruptions, losses, penalties, solvers

TABLES = {
    "activations": (activations.ActivationName, activations.ACTIVATIONS),
    "corruptions": (corruptions.CorruptionName, corruptions.CORRUPTIONS),
    "losses": (losses.LossName, losses.LOSSES),
    "penalties": (penalties.PenaltyName, penalties.PENALTIES),
    "rates": (solvers.RateName, solvers.RATES),
    "solvers": (solvers.SolverName, solvers.SOLVERS),
}
ATTRIBUTE = re.compile(r"^(\w+_) : (.+)$", re.MULTILINE)
KINDS = {
    "ndarray": "numpy.ndarray",
    "list of ndarray": "list[numpy.ndarray",
    "list of float": "list[float]",
    "float": "float",
    "int": "int",
    "dict": "dict[str, ",
    "estimator": "Any",
}


@pytest.mark.parametrize("kind", TABLES)
def test_names_for_type_checkers_are_those_of_the_table(kind):
    names, table = TABLES[kind]
    assert get_args(names) == tuple(table)


@pytest.mark.parametrize(
    "Estimator",
    [
        AutoencoderDetector,
        ContractiveAutoencoder,
        ContractiveAutoencoderCV,
        DenoisingAutoencoder,
        FinetunedClassifier,
    ],
)
def test_fitted_attributes_have_the_types_that_are_documented(Estimator):
    hints = get_type_hints(Estimator)
    documented = dict(ATTRIBUTE.findall(inspect.getdoc(Estimator).partition("Attributes\n")[2]))
    for name, kind in documented.items():
        found = getattr(Estimator, name, None)
        hint = get_type_hints(found.fget)["return"] if found else hints[name]
        expected = KINDS[re.split(r" of shape| of str", kind)[0]]
        text = hint.__name__ if hint in (int, float) else str(hint)
        assert expected in text, name
    assert len(documented) > 3
