"""What the rows of worth.csv say: tables, ties, goals, and where contraction lost."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

FIRST_HEAD, CHOICE, OURS = "logistic regression", "choice of alpha", "contractive"
RIVALS = ("raw", "PCA", "plain", "weight decay", "masking", "gaussian")
CLUSTERS, OTHER_HEADS = "k-means", ("k-NN", "RBF-SVM", "k-means")
METHODS = (*RIVALS, OURS, "contractive, deep")
NOISY = "noise 0.3"
MEASURED = Path(__file__).with_name("worth.csv")
LEVEL = 0.05
"""Of the paired t-test over draws of labels."""


def read_rows(path: Path = MEASURED) -> list[dict[str, str]]:
    """The rows of a CSV; none where there is none."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


class Line(NamedTuple):
    """One comparison: every method's accuracies in percent, by draw."""

    set: str
    labels: int
    head: str
    condition: str
    accuracies: dict[str, np.ndarray]

    def best(self, among: Iterable[str] | None = None) -> str:
        names = [name for name in among or self.accuracies if name in self.accuracies]
        return max(names, key=lambda name: self.accuracies[name].mean())

    def best_and_ties(self, among: Iterable[str] | None = None) -> set[str]:
        """The best mean, and those whose paired difference to it is not significant."""
        among = [name for name in among or self.accuracies if name in self.accuracies]
        first = self.accuracies[self.best(among)]
        return {name for name in among if not differ(first, self.accuracies[name])}

    def gain(self, rival: str, ours: str = OURS) -> float:
        return float(self.accuracies[ours].mean() - self.accuracies[rival].mean())


def differ(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether the means of paired values differ significantly; a single pair never does."""
    differences = (first - second).round(9)
    if len(differences) < 2:
        return False
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return bool(abs(differences.mean()) > student.isf(LEVEL / 2, len(differences) - 1) * error)


def lines(rows: Iterable[dict], head: str = FIRST_HEAD, condition: str = "clean") -> list[Line]:
    """Every set and number of labels that was measured with all methods."""
    found: dict[tuple[str, int], dict[str, np.ndarray]] = {}
    for row in rows:
        if row["head"] == head and row[condition]:
            values = np.array([float(value) for value in row[condition].split()])
            found.setdefault((row["set"], int(row["labels"])), {})[row["method"]] = values
    return [Line(*key, head, condition, cells) for key, cells in found.items()]


def of_all(rows: Iterable[dict], conditions: Iterable[str]) -> list[Line]:
    """The lines of the linear classifier on which contraction was measured."""
    rows = list(rows)
    every = [line for condition in conditions for line in lines(rows, FIRST_HEAD, condition)]
    return [line for line in every if OURS in line.accuracies and "raw" in line.accuracies]


def conditions_of(rows: Iterable[dict]) -> list[str]:
    names = ("clean", "noise", "missing", "shifted", "adversarial")
    return [column for column in next(iter(rows)) if column.startswith(names)]


def percent(values: np.ndarray) -> str:
    """Mean and standard error over draws."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0
    return f"{values.mean():.1f} ± {error:.1f}"


def table(found: Sequence[Line], methods: Sequence[str] = METHODS) -> list[list[str]]:
    """A head and a row for each line; the best and its ties are bold."""
    rows = [["set", "labels", *methods]]
    for line in found:
        bold = line.best_and_ties(methods)
        cells = [
            percent(line.accuracies[name]) if name in line.accuracies else "" for name in methods
        ]
        marked = [
            f"**{cell}**" if name in bold else cell
            for name, cell in zip(methods, cells, strict=True)
        ]
        rows.append([line.set, str(line.labels), *marked])
    return rows


# Where contraction lost, and the goals


def losses(rows: Iterable[dict]) -> list[tuple[Line, str]]:
    """Lines of the linear classifier on which a rival is significantly better, with the rival; the worst first."""
    rows = list(rows)
    found = []
    for line in of_all(rows, conditions_of(rows)):
        best = line.best((*RIVALS, OURS))
        if OURS not in line.best_and_ties((*RIVALS, OURS)):
            found.append((line, best))
    return sorted(found, key=lambda one: one[0].gain(one[1]))


def best_of_all(rows: Iterable[dict]) -> list[tuple[str, int, list[tuple[str, str, np.ndarray]]]]:
    """By set and number of labels: classifier, codes and accuracies on clean rows, the best first."""
    found: dict[tuple[str, int], list[tuple[str, str, np.ndarray]]] = {}
    rows = list(rows)
    for head in dict.fromkeys(row["head"] for row in rows):
        for line in lines(rows, head) if head not in (CHOICE, CLUSTERS) else []:
            cells = [(head, method, values) for method, values in line.accuracies.items()]
            found.setdefault((line.set, line.labels), []).extend(cells)
    return [
        (name, labels, sorted(cells, key=lambda cell: -cell[2].mean()))
        for (name, labels), cells in found.items()
    ]


def goals(rows: Iterable[dict]) -> list[tuple[str, bool | None, str]]:
    """Each goal, whether it is reached (None if it was not measured), and by what."""
    rows = list(rows)
    clean = of_all(rows, ["clean"])
    reached = [line for line in clean if OURS in line.best_and_ties((*RIVALS, OURS))]
    missed = "; ".join(f"{line.set}, {line.labels}" for line in clean if line not in reached)
    found: list[tuple[str, bool | None, str]] = [
        (
            "Best or tied best of raw, PCA, plain and denoising on every set and number of labels",
            len(reached) == len(clean) if clean else None,
            f"{len(reached)} of {len(clean)}" + (f"; not on {missed}" if missed else ""),
        )
    ]
    for least, condition, words in ((4, "clean", ""), (15, NOISY, f" under {NOISY}")):
        (line,) = [
            one for one in of_all(rows, [condition]) if (one.set, one.labels) == ("MNIST", 300)
        ] or [None]
        gain = line and line.gain("raw")
        found.append(
            (
                f"At least {least} points over raw pixels on MNIST with 300 labels{words}",
                gain is not None and gain >= least if line else None,
                f"{gain:+.1f} points" if line else "not measured",
            )
        )
    return found


def tally(
    found: Sequence[Line], among: Sequence[str] = (*RIVALS, OURS)
) -> dict[str, tuple[int, int]]:
    """How often each method is the best, and how often best or tied."""
    best = [line.best(among) for line in found]
    tied = [line.best_and_ties(among) for line in found]
    return {name: (best.count(name), sum(name in names for names in tied)) for name in among}


def readme_table(rows: Iterable[dict]) -> str:
    """The table of README, in Markdown: 100 labels, clean rows and noisy ones."""
    shown, rows = (*RIVALS, OURS), list(rows)
    found = ["| set | test rows | " + " | ".join(shown) + " |", "|---|---|" + "---|" * len(shown)]
    names = list(dict.fromkeys(line.set for line in of_all(rows, ["clean"])))
    for name in names:
        for condition in ("clean", NOISY):
            wanted = [
                line for line in of_all(rows, [condition]) if (line.set, line.labels) == (name, 100)
            ]
            for line in wanted:
                bold = line.best_and_ties(shown)
                cells = [f"{line.accuracies[method].mean():.1f}" for method in shown]
                marked = [
                    f"**{cell}**" if method in bold else cell
                    for method, cell in zip(shown, cells, strict=True)
                ]
                found.append(f"| {name} | {condition} | " + " | ".join(marked) + " |")
    return "\n".join(found)


# The choice of alpha


def regrets(rows: Iterable[dict]) -> dict[str, dict[tuple[str, int], float]]:
    """By rule, set and number of labels: the mean loss of accuracy against the alpha that is best in hindsight."""
    found: dict[str, dict[tuple[str, int], float]] = {}
    for line in lines(rows, CHOICE):
        best = line.accuracies["best in hindsight"]
        for rule, values in line.accuracies.items():
            if rule != "best in hindsight":
                found.setdefault(rule, {})[line.set, line.labels] = float((best - values).mean())
    return found


def report(rows: list[dict]) -> str:
    """In a few lines, what went against contraction first."""
    if not rows:
        return "Nothing was measured."
    rows = [{key: row.get(key, "") for key in max(rows, key=len)} for row in rows]
    said = ["Where a rival was significantly better, with logistic regression:"]
    said += [
        f"  {line.set}, {line.labels} labels, {line.condition}: {rival} by {-line.gain(rival):.1f} points"
        for line, rival in losses(rows)
    ] or ["  nowhere"]
    said += [
        f"{'not measured' if reached is None else 'reached' if reached else 'MISSED'}: {goal} ({by})"
        for goal, reached, by in sorted(goals(rows), key=lambda one: one[1] is True)
    ]
    for rule, of_rule in sorted(regrets(rows).items(), key=lambda one: np.mean([*one[1].values()])):
        said.append(
            f"alpha by {rule}: {np.mean([*of_rule.values()]):.2f} points below the best alpha"
        )
    for row in rows:
        if row["chosen"].startswith("not installed"):
            said.append(f"{row['head']}: not installed")
            break
    return "\n".join(said)
