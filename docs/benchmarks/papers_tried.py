"""What was tried where rows of the papers' tables are missed: validation errors, few labels.

Run ``python docs/benchmarks/papers_tried.py --data mnist.npz``. Settings of papers.py for few
labels are changed and validated; the test rows stay closed. A run goes on where the last
one stopped, and takes layers that papers.py has kept.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _common import HERE, parser
from papers import QUICK, Book, Candidate, Run, Sizes, contractive, identity
from sklearn.preprocessing import StandardScaler

from skcae import FinetunedClassifier, HigherOrder

N_DRAWS = 3
"""Of the draws of labels in papers.py, the first."""


def plain(sizes: Sizes) -> Iterator[Candidate]:
    """Codes, frozen and fine-tuned, without tangents."""
    wide, narrow = (contractive(sizes, 1, n_components=n * sizes.n_units) for n in (2, 1))
    frozen = {"C": 10, "fine_tune": False}
    tuned = {"C": 1, "learning_rate_init": 1e-4, "max_iter": sizes.tuning_few, "random_state": 0}
    longer = contractive(sizes, 1, max_iter=3 * sizes.epochs)
    curved = contractive(sizes, 1, penalty=HigherOrder(strength=3, sigma=0.3))
    changes: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
        "frozen, 1000 units": ((narrow,), frozen),
        "frozen, 1000 units, three times as many epochs of the encoder": ((longer,), frozen),
        "frozen, 1000 units, CAE+H": ((curved,), frozen),
        "frozen, two layers of 1000 units": ((narrow, narrow), frozen),
        "frozen, 2000 units": ((wide,), frozen),
        "frozen, 2000 units, codes standardised": ((wide, StandardScaler()), frozen | {"C": 0.01}),
        "two layers of 1000 units, fine-tuning with dropout 0.5 at rate 1e-3": (
            (narrow, narrow),
            tuned | {"C": 10, "dropout": 0.5, "learning_rate_init": 1e-3},
        ),
        "fine-tuning at rate 3e-4": ((wide,), tuned | {"learning_rate_init": 3e-4}),
        "fine-tuning at rate 1e-3": ((wide,), tuned | {"learning_rate_init": 1e-3}),
        "fine-tuning for three times as long": (
            (wide,),
            tuned | {"max_iter": 3 * tuned["max_iter"]},
        ),
    }
    yield from candidates("tried without tangents", changes, sizes.labels[-2])


def tangents(sizes: Sizes) -> Iterator[Candidate]:
    """Fine-tuning with tangents."""
    wide, narrow = (contractive(sizes, 1, n_components=n * sizes.n_units) for n in (2, 1))
    chosen = {
        "C": 10,
        "n_tangents": sizes.n_tangents,
        "tangent_strength": 100,
        "tangent_draws": 1,
        "learning_rate_init": 3e-4,
        "max_iter": sizes.tuning_few,
        "random_state": 0,
    }
    changes = {
        "strength 1": {"tangent_strength": 1},
        "strength 1000": {"tangent_strength": 1000},
        "C 1": {"C": 1},
        "C 100": {"C": 100},
        "rate 1e-3": {"learning_rate_init": 1e-3},
        "three times as long": {"max_iter": 3 * sizes.tuning_few},
        "weight decay 1e-5": {"weight_decay": 1e-5},
        "twice as many tangents": {"n_tangents": 2 * sizes.n_tangents},
    }
    dropped = {"dropout": 0.5, "learning_rate_init": 1e-3, "tangent_strength": 10}
    heads = {
        f"{units}, dropout 0.5, rate 1e-3, strength 10": (
            layers,
            chosen | dropped,
        )
        for units, layers in {
            "2000 units": (wide,),
            "two layers of 1000 units": (narrow, narrow),
        }.items()
    }
    yield from candidates("tried with tangents", heads, sizes.labels[-2])
    heads = {name: ((wide,), chosen | change) for name, change in changes.items()}
    yield from candidates("tried with tangents", heads, sizes.labels[0])


def candidates(
    table: str, changes: dict[str, tuple[tuple[Any, ...], dict[str, Any]]], labels: int
) -> Iterator[Candidate]:
    """Every change, with every draw of the labels."""
    for name, (layers, head) in changes.items():
        for draw in range(N_DRAWS):
            yield Candidate(table, name, layers, FinetunedClassifier(**head), labels, draw)


def main() -> None:
    """Train what is missing, and print it."""
    parse = parser(__doc__.splitlines()[0], data=True, jobs=True)
    parse.add_argument("--layers", metavar="DIR", type=Path, help="where trained layers are kept")
    arguments = parse.parse_args()
    sizes = QUICK if arguments.quick else Sizes()
    with tempfile.TemporaryDirectory() as nowhere:
        folder = arguments.out or (Path(nowhere) if arguments.quick else HERE)
        run = Run(sizes, arguments, folder, "papers_tried")
        run.book.rows |= Book(HERE / "papers.csv").rows  # of layers that are kept
        found = [*plain(sizes), *tangents(sizes)]
        for tasks in run.phases(found):
            run.expected |= {identity(task.row): task.cost for task in tasks}
        for tasks in run.phases(found):
            run.do(tasks)
        for one in found:
            row = run.book.rows[identity(run.classifier(one).row)]
            print(f"{one.table}, {one.method}, {one.draw}: {row['validation error %']}")


if __name__ == "__main__":
    main()
