"""What contraction is worth: eight kinds of codes under one protocol, where few rows have a label.

``python docs/benchmarks/worth.py --data mnist.npz``

Encoders learn from all training rows, without labels. What is behind them learns from
the rows that have a label. Every method has a grid of its own, all of the same size;
cross-validation on the labelled rows chooses from it, together with the parameter of
the classifier. Test rows serve once, for what is written. Interrupted, it goes
on where it was.
"""

import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from importlib.util import find_spec
from itertools import islice
from time import perf_counter
from typing import Any

from _alphas import EPOCHS, of_alphas
from _candidates import METHODS, Codes
from _common import HERE, parser, write
from _findings import CHOICE, FIRST_HEAD, NOISY, read_rows, report
from _heads import (
    HEADS,
    adversarial,
    choose,
    found_again,
    labelled,
    semi_supervised,
    sizes,
    umap_neighbours,
)
from _sets import CONDITIONS, SETS, load

LABELS = [50, 100, 300, 1000, 3000]
OTHERS_AT = [100, 300]
"""Numbers of labels of k-NN and RBF-SVM; of k-means and UMAP the first alone."""
FEW_AT = [50, 100]
"""Of what learns from unlabelled rows itself, and of the choice of alpha."""
SEMI_METHODS = ["raw", "contractive"]
QUICK_SETS = ["MNIST-rot"]
COSTS: dict[str, tuple[float, float]] = {
    "digits": (8, 6),
    "breast cancer": (4, 2),
    "wine": (3, 1),
    "MNIST": (80, 80),
    "rectangles": (20, 3),
    "convex": (20, 4),
    "MNIST-rot": (30, 6),
    "MNIST-bg-rand": (30, 6),
}
"""Of a method: seconds of all that is behind the codes, and of a candidate's fits."""
Found = dict[tuple[int, str], dict[str, list]]
"""By number of labels and head: what was chosen and the scores under each condition, by draw."""


def of_draw(
    method: str, candidates: list[Codes], wanted: list[int], seed: int, found: Found
) -> None:
    """Choose and test with every number of labels."""
    split = candidates[0].split

    def keep(n_labels: int, head: str, words: str, **scores: float) -> None:
        for name, value in (scores | {"chosen": words}).items():
            found[n_labels, head].setdefault(name, []).append(value)

    for n_labels in wanted:
        rows = labelled(split, n_labels, seed)
        choice = choose(FIRST_HEAD, candidates, rows, seed)
        names = [name for name in CONDITIONS if name != "shifted" or split.shape]
        scores = {name: choice.score(name) for name in names}
        keep(n_labels, FIRST_HEAD, choice.words, **scores, adversarial=adversarial(choice))
        if n_labels in OTHERS_AT:
            for head in list(HEADS)[1:]:
                other = choose(head, candidates, rows, seed)
                scores = {name: other.score(name) for name in ("clean", NOISY)}
                keep(n_labels, head, other.words, **scores)
        if n_labels == OTHERS_AT[0]:
            keep(n_labels, "k-means", choice.codes.words, clean=found_again(choice, seed))
        if n_labels in FEW_AT and method in SEMI_METHODS:
            for head, score in semi_supervised(choice, rows, seed).items():
                keep(n_labels, head, choice.words, clean=score)
        if n_labels == OTHERS_AT[0] and method == "raw":
            if find_spec("umap"):
                keep(n_labels, "UMAP + k-NN", "", clean=umap_neighbours(choice, rows, seed))
            else:
                found[n_labels, "UMAP + k-NN"]["chosen"] = ["not installed"]


def shared_parameters(name: str, arguments: Namespace, seed: int) -> dict[str, Any]:
    """What all autoencoders of a set have in common."""
    kind = SETS[name]
    return {
        "n_components": 8 if arguments.quick else kind.n_components,
        "max_iter": 2 if arguments.quick else max(1, round(kind.epochs * arguments.longer)),
        "loss": "cross_entropy",
        "n_iter_no_change": None,
        "random_state": seed,
    }


def of_method(name: str, method: str, arguments: Namespace) -> Found:
    """All draws of one method on one set."""
    found: Found = defaultdict(dict)
    candidates: list[Codes] = []
    for seed in range(arguments.draws):
        if SETS[name].drawn or not candidates:
            split = load(name, seed, arguments)
            settings = METHODS[method](split.X, shared_parameters(name, arguments, seed))
            candidates = [
                Codes(*candidate, split) for candidate in islice(settings, arguments.candidates)
            ]
        wanted = [n for n in arguments.labels if n <= SETS[name].most_labels]
        of_draw(method, candidates, sizes(split, wanted), seed, found)
    return found


def of_choice(name: str, _: str, arguments: Namespace) -> Found:
    """All draws of all rules for alpha on one set."""
    split = load(name, 0, arguments)
    shared = shared_parameters(name, arguments, 0)
    few = [n for n in sizes(split, arguments.labels) if n in FEW_AT]
    return of_alphas(split, shared, 2 if arguments.quick else EPOCHS, few, arguments.draws)


def rows_of(name: str, method: str, arguments: Namespace) -> list[dict[str, Any]]:
    """A row of the CSV for every number of labels and head; a cell has a percentage for every draw."""
    start = perf_counter()
    found = (of_choice if method == CHOICE else of_method)(name, method, arguments)
    taken, rows = round(perf_counter() - start, 1), []
    for (n_labels, head), cell in found.items():
        what = {"method": head, "head": CHOICE} if method == CHOICE else {}
        row = {"set": name, "labels": n_labels, "method": method, "head": head} | what
        ((words, times),) = Counter(cell["chosen"]).most_common(1)
        row |= {
            "setting": setting(name, arguments),
            "chosen": f"{words} ({times} of {len(cell['chosen'])})" if words else "",
            "seconds": taken,
        }
        for condition in (*CONDITIONS, "adversarial"):
            row[condition] = " ".join(f"{100 * value:.2f}" for value in cell.get(condition, []))
        rows.append(row)
    return rows


def key_of(row: dict[str, Any]) -> tuple[str, str, str]:
    """The set, the method and the setting that a row belongs to."""
    return row["set"], CHOICE if row["head"] == CHOICE else row["method"], row["setting"]


def setting(name: str, arguments: Namespace) -> str:
    """What rows have to have in common for a run to go on from them."""
    shared = shared_parameters(name, arguments, 0)
    return (
        f"{shared['n_components']} units, {shared['max_iter']} epochs, "
        f"{arguments.candidates} candidates, {arguments.draws} draws"
    )


def cost(name: str, method: str, arguments: Namespace) -> float:
    """About how many seconds it takes, so that the time left can be told."""
    heads, fit = COSTS[name]
    n_fits = {"raw": 0, "PCA": 0.1, "contractive, deep": 1.5, CHOICE: 0.5}.get(method, 1)
    return heads + fit * n_fits * arguments.candidates * arguments.longer


def arguments_of() -> Namespace:
    """The arguments; the defaults are what the page shows."""
    found: ArgumentParser = parser(__doc__.splitlines()[0], data=True)
    found.add_argument(
        "--sets", nargs="+", metavar="SET", choices=SETS,
        help=f"some of: {', '.join(SETS)}",
    )  # fmt: skip
    found.add_argument(
        "--candidates", type=int, default=5, choices=range(1, 6), metavar="N",
        help="settings that each method tries, from 1 to 5 (default: 5)",
    )  # fmt: skip
    found.add_argument(
        "--longer", type=float, default=1.0, metavar="FACTOR",
        help="of the epochs of all autoencoders (default: 1)",
    )  # fmt: skip
    found.add_argument(
        "--draws", type=int, default=5, metavar="N", help="draws of labels (default: 5)"
    )
    arguments = found.parse_args()
    arguments.labels = LABELS
    arguments.sets = arguments.sets or (QUICK_SETS if arguments.quick else list(SETS))
    if arguments.quick:
        arguments.draws, arguments.candidates, arguments.labels = 2, 2, [100]
    return arguments


def main() -> None:
    """Measure what has not been measured yet, write after every method, and report."""
    arguments = arguments_of()
    warnings.simplefilter("ignore")
    folder = arguments.out or (None if arguments.quick else HERE)
    # What an interrupted run can tell comes first.
    methods = sorted((*METHODS, CHOICE), key=lambda method: method not in SEMI_METHODS)
    jobs = [(name, method) for name in arguments.sets for method in methods]
    wanted = {(*job, setting(job[0], arguments)) for job in jobs}
    partial = read_rows(folder / "worth.partial.csv") if folder else []
    rows = [row for row in partial if key_of(row) in wanted]
    had = {key_of(row) for row in rows}
    jobs = [job for job in jobs if (*job, setting(job[0], arguments)) not in had]
    done, total, start = 0.0, sum(cost(*job, arguments) for job in jobs), perf_counter()
    for name, method in jobs:
        rows += rows_of(name, method, arguments)
        write("worth.partial", rows, arguments)
        done += cost(name, method, arguments)
        left = (perf_counter() - start) * (total / done - 1) / 60
        taken = f"{(perf_counter() - start) / 60:.1f} minutes"
        print(f"{name}, {method}: {taken}, about {left:.0f} left", file=sys.stderr, flush=True)
    if folder:
        others = [
            row for row in read_rows(folder / "worth.csv") if row["set"] not in arguments.sets
        ]
        rows = others + rows
        write("worth", rows, arguments)
        (folder / "worth.partial.csv").unlink(missing_ok=True)
    print(report(rows))


if __name__ == "__main__":
    main()
