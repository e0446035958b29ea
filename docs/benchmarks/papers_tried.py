"""What was tried where rows of the papers' tables are missed: validation errors.

Run ``python docs/benchmarks/papers_tried.py --data mnist.npz``. Settings of papers.py are
changed and validated; the test rows stay closed. A run goes on where the last
one stopped, and takes layers that papers.py has kept.
"""

import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from _common import HERE, parser
from papers import QUICK, Book, Candidate, Run, Sizes, contractive, denoising, identity
from sklearn.preprocessing import StandardScaler

from skcae import FinetunedClassifier, HigherOrder

N_DRAWS = 3
"""Of the draws of labels in papers.py, the first."""


Changes = dict[str, tuple[tuple[Any, ...], dict[str, Any]]]
"""By name the layers and the parameters of the classifier."""


def plain(sizes: Sizes) -> Iterator[Candidate]:
    """Codes, frozen and fine-tuned, without tangents."""
    wide, narrow = stacks(sizes)
    frozen = {"C": 10, "fine_tune": False}
    tuned = {"C": 1, "learning_rate_init": 1e-4, "max_iter": sizes.tuning_few, "random_state": 0}
    dropped = tuned | {"C": 10, "dropout": 0.5, "learning_rate_init": 1e-3}
    curved = contractive(sizes, 1, penalty=HigherOrder(strength=3, sigma=0.3))
    longer = contractive(sizes, 1, max_iter=3 * sizes.epochs)
    changes: Changes = {
        "frozen, 1000 units": (narrow, frozen),
        "frozen, 1000 units, three times as many epochs of the encoder": ((longer,), frozen),
        "frozen, 1000 units, CAE+H": ((curved,), frozen),
    }
    for alpha in (1, 10, 100):
        layers = StandardScaler(), contractive(sizes, alpha, loss="squared_error")
        name = f"frozen, 1000 units, pixels standardised, squared error, alpha {alpha}"
        changes[name] = layers, frozen | {"C": 1}
    changes["frozen, two layers of 1000 units"] = narrow * 2, frozen
    changes["frozen, 2000 units"] = wide, frozen
    for alpha in (0.3, 3):
        layers = (contractive(sizes, alpha, n_components=2 * sizes.n_units),)
        changes[f"frozen, 2000 units, alpha {alpha}"] = layers, frozen
    changes |= {
        "frozen, 2000 units, codes standardised, C 0.01": (
            (*wide, StandardScaler()),
            frozen | {"C": 0.01},
        ),
        "fine-tuning at rate 3e-4": (wide, tuned | {"learning_rate_init": 3e-4}),
        "fine-tuning at rate 1e-3": (wide, tuned | {"learning_rate_init": 1e-3}),
        "fine-tuning for three times as long": (wide, tuned | {"max_iter": 3 * tuned["max_iter"]}),
    }
    name = "fine-tuning with dropout 0.5 at rate 1e-3"
    changes[f"{name}, early stopping"] = wide, dropped | {"early_stopping": True}
    changes[f"two layers of 1000 units, {name}"] = narrow * 2, dropped
    changes[f"two layers of 2000 units, {name}"] = wide * 2, dropped
    yield from candidates("tried without tangents", changes, sizes.labels[-2])


def tangents(sizes: Sizes) -> Iterator[Candidate]:
    """Fine-tuning with tangents."""
    wide, narrow = stacks(sizes)
    chosen = {
        "C": 10,
        "n_tangents": sizes.n_tangents,
        "tangent_strength": 100,
        "learning_rate_init": 3e-4,
        "max_iter": sizes.tuning_few,
        "random_state": 0,
    }
    few: Changes = {
        "strength 1": (wide, {"tangent_strength": 1}),
        "strength 1000": (wide, {"tangent_strength": 1000}),
        "C 1": (wide, {"C": 1}),
        "C 100": (wide, {"C": 100}),
        "rate 1e-3": (wide, {"learning_rate_init": 1e-3}),
        "three times as long": (wide, {"max_iter": 3 * sizes.tuning_few}),
        "weight decay 1e-5": (wide, {"weight_decay": 1e-5}),
        "twice as many tangents": (wide, {"n_tangents": 2 * sizes.n_tangents}),
    }
    dropped = {"dropout": 0.5, "learning_rate_init": 1e-3, "tangent_strength": 10}
    more: Changes = {
        "1000 units, strength 10": (narrow, {"tangent_strength": 10}),
        "1000 units, strength 10, exact": (narrow, {"tangent_strength": 10, "tangent_draws": None}),
        "2000 units, early stopping": (wide, {"early_stopping": True, "tangent_strength": 10}),
        "2000 units, dropout 0.5, rate 1e-3, strength 10": (wide, dropped),
        "two layers of 1000 units, dropout 0.5, rate 1e-3, strength 10": (narrow * 2, dropped),
        "1000 units, strength 0, 10 epochs of all rows at rate 3e-3": (
            narrow,
            {
                "tangent_rows": "all",
                "max_iter": sizes.tuning,
                "learning_rate_init": 3e-3,
                "tangent_strength": 0,
            },
        ),
    }
    for changes, labels in ((few, sizes.labels[0]), (more, sizes.labels[-2])):
        heads = {name: (layers, chosen | change) for name, (layers, change) in changes.items()}
        yield from candidates("tried with tangents", heads, labels)


def stacks(sizes: Sizes) -> tuple[tuple[Any, ...], ...]:
    """A layer of twice the width, and one of the width."""
    return tuple((contractive(sizes, 1, n_components=n * sizes.n_units),) for n in (2, 1))


def supervised(sizes: Sizes) -> Iterator[Candidate]:
    """Fine-tuning from all labels: the setting that validated best, with a change to the layer or to the head."""
    longest, half = 5 * sizes.tuning, max(1, sizes.epochs // 2)
    slow = {"max_iter": longest, "learning_rate_init": "auto"}
    layer, tangents = contractive(sizes, 0.1), contractive(sizes, 1)
    for alpha, dropout in product((0.1, 1), (0.25, 0.5)):
        name = f"alpha {alpha}, dropout {dropout}, rate 1e-3"
        yield _supervised(name, contractive(sizes, alpha), **slow, dropout=dropout)
    yield _supervised("dropout 0.15, rate 1e-3", layer, **slow, dropout=0.15)
    layers: dict[str, tuple[Any, ...]] = {
        "alpha 0.03": (contractive(sizes, 0.03),),
        "alpha 0.3": (contractive(sizes, 0.3),),
        "half as many epochs of the encoder": (contractive(sizes, 0.1, max_iter=half),),
        "encoder at rate 3e-3": (contractive(sizes, 0.1, learning_rate_init=0.003),),
        "2000 units": (contractive(sizes, 0.1, n_components=2 * sizes.n_units),),
        "CAE+H, alpha 1": (contractive(sizes, 1, penalty=HigherOrder(strength=1, sigma=0.3)),),
        "pixels standardised, squared error, alpha 10": (
            StandardScaler(),
            contractive(sizes, 10, loss="squared_error"),
        ),
    }
    for name, changed in layers.items():
        yield _supervised(name, *changed, max_iter=longest)
    five = contractive(sizes, 0.1, max_iter=5 * sizes.epochs)
    yield _supervised("five times as many epochs of the encoder, rate 1e-3", five, **slow)
    curved = contractive(sizes, 0.1, penalty=HigherOrder(strength=1, sigma=0.1))
    yield _supervised("CAE+H, alpha 0.1, rate 1e-3", curved, **slow)
    heads: dict[str, dict[str, Any]] = {
        "rate 6e-3": {"learning_rate_init": 0.006},
        "batches of 64": {"batch_size": 64},
        "batches of 500": {"batch_size": 500},
        "dropout 0.4": {"dropout": 0.4},
        "C 0.01": {"C": 0.01},
        "C 1": {"C": 1},
        "weight decay 1e-6": {"weight_decay": 1e-6},
    }
    for name, change in heads.items():
        yield _supervised(name, layer, max_iter=longest, **change)
    for strength, dropout, longer in ((1, 0.25, 3), (1, 0.0, 1), (10, 0.0, 1)):
        n_epochs = longer * sizes.tuning
        name = f"alpha 1, tangents, strength {strength}, dropout {dropout}, {n_epochs} epochs"
        of_all = {"n_tangents": sizes.n_tangents, "tangent_rows": "all", "max_iter": n_epochs}
        yield _supervised(name, tangents, **of_all, tangent_strength=strength, dropout=dropout)
    yield _supervised("dropout 0.4, twice as long", layer, max_iter=2 * longest, dropout=0.4)
    for level in (0.1, 0.35):
        one = _supervised(f"level {level}", denoising(sizes, "gaussian", level), max_iter=longest)
        yield one._replace(table="tried with all labels, DAE-g")
    as_published = {
        "": contractive(sizes, 0.1, max_iter=3 * sizes.epochs),
        ", DAE-g": denoising(sizes, "gaussian", 1.0, learning_rate_init=0.001),
        ", DAE-b": denoising(sizes, "masking", 0.5, learning_rate_init=0.006),
        ", AE+wd": contractive(sizes, 0, weight_decay=1e-4, learning_rate_init=0.006),
        ", AE": contractive(sizes, 0, learning_rate_init=0.0075),
    }
    for method, layer in as_published.items():
        one = _supervised("norm and saturated units as published", layer, max_iter=longest)
        yield one._replace(table=one.table + method)


def _supervised(name: str, *layers: Any, **given: Any) -> Candidate:
    found = {"C": 0.1, "dropout": 0.25, "learning_rate_init": 0.003, "random_state": 0} | given
    return Candidate("tried with all labels", name, layers, FinetunedClassifier(**found))


def variants(sizes: Sizes) -> Iterator[Candidate]:
    """Sets made by the script: alphas of one layer and of two, frozen codes, and rates of the fine-tuning."""
    tuned = {"C": 0.1, "max_iter": sizes.tuning_few, "random_state": 0}
    slow, fast = (tuned | {"learning_rate_init": rate} for rate in (0.0003, 0.003))
    frozen = {"C": 0.1, "fine_tune": False, "random_state": 0}
    changes: dict[str, dict[str, tuple[tuple[float, ...], dict[str, Any]]]] = {
        "basic": {
            "rate 3e-3": ((0.3, 0.3), fast),
            "alpha 0.3 and 0.1": ((0.3, 0.1), tuned),
        },
        "rot": {"rate 3e-3": ((0.1, 0.1), fast)},
        "bg-rand": {
            "alpha 1, rate 3e-3": ((1, 1), fast),
            "alpha 1, rate 3e-4": ((1, 1), slow),
            "alpha 1 and 0.1": ((1, 0.1), tuned),
            "alpha 3 and 0.1, rate 3e-4": ((3, 0.1), slow),
            "one layer, alpha 1": ((1,), tuned),
            "one layer, alpha 3": ((3,), tuned),
            "one layer, alpha 3, frozen": ((3,), frozen),
            "alpha 3 and 0.1, frozen": ((3, 0.1), frozen),
            "alpha 1 and 0.1, rate 3e-3, dropout 0.25": ((1, 0.1), fast | {"dropout": 0.25}),
            "alpha 3 and 0.1, rate 3e-3, dropout 0.25": ((3, 0.1), fast | {"dropout": 0.25}),
        },
    }
    for data, of_set in changes.items():
        for name, (alphas, head) in of_set.items():
            layers = tuple(contractive(sizes, alpha, max_iter=5 * sizes.epochs) for alpha in alphas)
            head = FinetunedClassifier(**head)
            yield Candidate("tried on sets made here", f"{data}: {name}", layers, head, data=data)


def layers(sizes: Sizes) -> Iterator[Any]:
    """Layers to set beside the published norms and saturated units; labels have no part in it."""
    longer = 3 * sizes.epochs
    gaussian = (0.7, 0.01), (0.75, 0.01), (1.0, 0.01), (0.75, 0.001), (0.9, 0.001), (1.0, 0.001)
    masking = (0.1, 0.01), (0.75, 0.01), (0.25, 0.003), (0.5, 0.003), (0.35, 0.006), (0.5, 0.006)
    for kind, levels in (("gaussian", gaussian), ("masking", masking)):
        for level, rate in levels:
            yield denoising(sizes, kind, level, learning_rate_init=rate)
    for decay, rate in ((1e-4, 0.003), (1e-4, 0.006), (3e-4, 0.01), (1e-3, 0.003)):
        yield contractive(sizes, 0, weight_decay=decay, learning_rate_init=rate)
    for rate in (0.001, 0.006, 0.0075, 0.03):
        yield contractive(sizes, 0, learning_rate_init=rate)
    for rate in (0.01, 0.03):
        yield contractive(sizes, 0, learning_rate_init=rate, solver="sgd")
    yield denoising(sizes, "gaussian", 0.5, learning_rate_init=0.001)
    yield denoising(sizes, "masking", 0.5, max_iter=longer)
    yield contractive(sizes, 0, learning_rate_init=0.003, max_iter=longer)
    yield contractive(sizes, 0.1, max_iter=longer)


def candidates(table: str, changes: Changes, labels: int) -> Iterator[Candidate]:
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
        found = [*supervised(sizes), *plain(sizes), *tangents(sizes), *variants(sizes)]
        alone = [run.layer("mnist", (layer,)) for layer in layers(sizes)]
        alone = [task for task in alone if identity(task.row) not in run.book.rows]
        for tasks in (alone, *run.phases(found)):
            run.expected |= {identity(task.row): task.cost for task in tasks}
        run.do(alone)
        for tasks in run.phases(found):
            run.do(tasks)
        for one in found:
            row = run.book.rows[identity(run.classifier(one).row)]
            print(f"{one.table}, {one.method}, {one.draw}: {row['validation error %']}")


if __name__ == "__main__":
    main()
