"""The errors of everything that must not be given: the tables of the tests, run."""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import bad_input
from bad_input import X, evaluate

from skcae import ContractiveAutoencoder

TABLES = {
    "Rows": (bad_input.ROWS, lambda value: ContractiveAutoencoder().fit(value)),
    "Rows that differ from those of the fit": (
        bad_input.LATER_ROWS,
        lambda value: evaluate("named", ContractiveAutoencoder).transform(value),
    ),
    "Codes": (
        bad_input.CODES,
        lambda value: evaluate("fitted", ContractiveAutoencoder).inverse_transform(value),
    ),
    "Weights": (
        bad_input.WEIGHTS,
        lambda value: ContractiveAutoencoder().fit(X, sample_weight=value),
    ),
    "Calls": (bad_input.CALLS, lambda value: value),
}

for title, (cases, call) in TABLES.items():
    print(
        f"**{title}**\n\n.. list-table::\n   :class: errors\n   :header-rows: 1\n   :widths: 2 3\n"
    )
    print("   * - Input\n     - Error\n")
    for case in cases:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call(evaluate(case.given, ContractiveAutoencoder))
        except case.error as error:
            message = (
                " ".join(str(error).split())
                .replace("`", "")
                .replace("*", "\\*")
                .replace("_", "\\_")
                .replace("|", "\\|")
            )
            print(
                f"   * - ``{case.given}``\n     - *{type(error).__name__}*: {message[:160]}{'...' * (len(message) > 160)}"
            )
    print()
