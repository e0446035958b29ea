"""Why contraction is behind on convex shapes with 100 labels: rates of the encoder, and the choice among them.

Run ``python docs/benchmarks/convex.py``; it takes ten minutes of one core. The set, the
grids and the choice are those of worth.py, with more draws of the labels. Every rate is
tried alone as well, and scored on test rows, and so are five rates to choose from. At
the lowest, encoders keep their random weights.
"""

import warnings
from argparse import Namespace
from functools import partial
from typing import Any

import numpy as np
from _candidates import METHODS, N_GRID_ROWS, Codes
from _common import parser, save
from _findings import FIRST_HEAD
from _heads import choose, labelled
from _sets import load
from worth import shared_parameters

from skcae import ContractiveAutoencoder, DenoisingAutoencoder
from skcae.model_selection import alpha_grid

N_LABELS = 100
UNTRAINED = 1e-9
RATES = (0.001, 0.003, 0.01, 0.03, "auto")
GRID = "its grid"


def main() -> None:
    """Every rate alone, all of them, and the grid of every method."""
    arguments: Namespace = parser(__doc__.splitlines()[0]).parse_args()
    n_draws = 2 if arguments.quick else 40
    arguments.longer, arguments.data = 1, None
    warnings.simplefilter("ignore")
    split, shared = load("convex", 0, arguments), shared_parameters("convex", arguments, 0)
    draws = [labelled(split, N_LABELS, draw) for draw in range(n_draws)]
    alphas = alpha_grid(ContractiveAutoencoder(**shared), split.X[:N_GRID_ROWS]).tolist()
    kinds = {
        "plain": partial(ContractiveAutoencoder, alpha=0),
        "masking": partial(DenoisingAutoencoder, corruption_level=0.3),
        "gaussian": partial(DenoisingAutoencoder, corruption="gaussian", corruption_level=0.1),
        "contractive": partial(ContractiveAutoencoder, alpha=alphas[4]),
        "contractive, stronger": partial(ContractiveAutoencoder, alpha=alphas[6]),
    }
    rows: list[dict[str, Any]] = []
    for method, make in kinds.items():
        grids = {
            rate: [Codes(f"rate {rate}", make(learning_rate_init=rate, **shared), split)]
            for rate in (UNTRAINED, *RATES)
        }
        grids["five rates"] = [codes for rate in RATES for codes in grids[rate]]
        if method in METHODS:
            grids[GRID] = [Codes(*setting, split) for setting in METHODS[method](split.X, shared)]
        for rate, candidates in grids.items():
            chosen = [
                choose(FIRST_HEAD, candidates, of_draw, draw) for draw, of_draw in enumerate(draws)
            ]
            accuracies = np.array([choice.score() for choice in chosen])
            low = np.mean(["rate 0.00" in choice.codes.words for choice in chosen])
            rows.append(
                {
                    "method": method,
                    "rate": rate,
                    "low rate chosen": round(low, 3),
                    "accuracies": " ".join(f"{100 * accuracy:.2f}" for accuracy in accuracies),
                }
            )
    save("convex", rows, arguments)


if __name__ == "__main__":
    main()
