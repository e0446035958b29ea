"""What worth.csv says: ``goals``, ``losses``, a table of a head, or the choice of alpha."""

import sys

import numpy as np
from _findings import (
    FIRST_HEAD,
    NOISY,
    OTHER_HEADS,
    OURS,
    RIVALS,
    Line,
    best_of_all,
    conditions_of,
    goals,
    lines,
    losses,
    of_all,
    read_rows,
    regrets,
    table,
    tally,
)
from _table import show, tell_source

ROWS = read_rows()
COMPARED = (*RIVALS, OURS)
SEMI = ("LabelSpreading", "SelfTraining", "UMAP + k-NN")


def goal_lines() -> None:
    """Whether each goal was reached, and by what."""
    for goal, reached, by in sorted(goals(ROWS), key=lambda one: one[1] is True):
        verdict = {True: "Reached", False: "**Missed**", None: "Not measured"}[reached]
        print(f"- {verdict}: {goal[0].lower()}{goal[1:]}. Measured: {by}.")
    print()
    clean, noisy = (
        [line for line in of_all(ROWS, [condition]) if (line.set, line.labels) == ("MNIST", 300)]
        for condition in ("clean", NOISY)
    )
    if clean:
        falls = [
            f"from {clean[0].accuracies[name].mean():.1f} to {noisy[0].accuracies[name].mean():.1f} percent"
            for name in ("raw", "plain", OURS)
        ]
        print(
            f"Raw pixels choose among fifteen values of C here, and a small one is robust: with 300 labels on "
            f"MNIST their accuracy falls under noise 0.3 {falls[0]}, that of the plain autoencoder {falls[1]} "
            f"and that of the contractive one {falls[2]}.{out_of_reach(clean[0], noisy[0])}\n"
        )


def out_of_reach(clean: Line, noisy: Line) -> str:
    """What stands in the way of a gain of 15 points under noise, if it cannot be had at all."""
    needed = noisy.accuracies["raw"].mean() + 15
    if needed <= clean.accuracies[OURS].mean():
        return ""
    return (
        f" A gain of 15 points would need {needed:.1f} percent under noise, which is more than contraction "
        f"reaches without noise."
    )


def what_to_make_of_it() -> None:
    """What went against contraction, then what it gained."""
    conditions = conditions_of(ROWS)
    found, every = losses(ROWS), of_all(ROWS, conditions)
    print(
        f"*Against contraction.* With logistic regression there are {len(every)} comparisons: sets, "
        "numbers of labels and conditions of the test rows. A rival is significantly better than "
        f"the contractive autoencoder of one layer in {len(found)} of them:\n"
    )
    for condition in conditions:
        measured = of_all(ROWS, [condition])
        lost = [(line, rival) for line, rival in found if line.condition == condition]
        worst = [
            f"{rival} on {line.set}, {line.labels} labels, by {-line.gain(rival):.1f} points"
            for line, rival in lost[: None if condition == "clean" else 1]
        ]
        more = f": {'; '.join(worst)}" if condition == "clean" else f", at worst {''.join(worst)}"
        print(f"- {condition}: {len(lost)} of {len(measured)}" + (more if lost else ""))
    with_other_classifiers()
    what_it_gains(conditions)


def with_other_classifiers() -> None:
    """Where codes other than contractive ones are better on clean rows, or other ways to use unlabelled rows."""
    print("\nWith other classifiers, and in clusters, on clean rows:\n")
    for head in OTHER_HEADS:
        measured = [line for line in lines(ROWS, head) if OURS in line.accuracies]
        lost = [line for line in measured if OURS not in line.best_and_ties(COMPARED)]
        where = [
            f"{line.best(COMPARED)} on {line.set}, {line.labels} labels, by "
            f"{-line.gain(line.best(COMPARED)):.1f} points"
            for line in lost
        ]
        more = f": {'; '.join(where)}" if where else ""
        print(f"- {head}: {len(lost)} of {len(measured)}{more}")
    print(
        "\nThe best of all classifiers and codes with 100 labels, then the best on contractive codes:\n"
    )
    for name, labels, cells in best_of_all(ROWS):
        ours = [cell for cell in cells if cell[1].startswith(OURS)]
        if labels == 100 and ours:
            texts = [
                f"{head} on {'raw rows' if codes == 'raw' else f'{codes} codes'}, {values.mean():.1f}"
                for head, codes, values in (cells[0], ours[0])
            ]
            print(f"- {name}: {'; '.join(dict.fromkeys(texts))}")


def what_it_gains(conditions: list[str]) -> None:
    """Mean gains, and how often each method is the best."""
    print(
        "\n*For contraction.* The gain of its accuracy with logistic regression in points, the mean "
        "over sets and numbers of labels:\n"
    )
    rows = []
    for condition in conditions:
        measured = of_all(ROWS, [condition])
        gains = [np.mean([line.gain(rival) for line in measured]) for rival in RIVALS]
        rows.append([condition, *(f"{gain:+.1f}" for gain in gains)])
    show(["test rows", *(f"against {rival}" for rival in RIVALS)], rows)
    counts = tally(of_all(ROWS, ["clean"]))
    said = ", ".join(f"{name} {best} ({tied})" for name, (best, tied) in counts.items())
    print(
        f"Number of lines with the best mean on clean rows, and in brackets of those with the best or a tie: {said}.\n"
    )


def by_condition() -> None:
    """All conditions at one number of labels."""
    rows = []
    for condition in conditions_of(ROWS):
        wanted = [line for line in of_all(ROWS, [condition]) if line.labels in (100, 300)]
        most = {line.set: line for line in wanted}
        head, *cells = table(list(most.values()))
        rows += [[name, labels, condition, *rest] for name, labels, *rest in cells]
    order = list(dict.fromkeys(row[0] for row in rows))
    show([*head[:2], "test rows", *head[2:]], sorted(rows, key=lambda row: order.index(row[0])))


def semi_supervised() -> None:
    """What learns from unlabelled rows itself, beside logistic regression."""
    print(
        "Accuracy in percent; the codes are those that cross-validation chose for logistic regression.\n"
    )
    found: dict = {}
    for head in (FIRST_HEAD, *SEMI):
        for line in lines(ROWS, head):
            for method in ("raw", OURS):
                if method in line.accuracies and line.labels <= 300:
                    of_line = found.setdefault((line.set, line.labels), {})
                    of_line[f"{head}, {method}"] = line.accuracies[method]
    every = list(dict.fromkeys(name for cells in found.values() for name in cells))
    rows = []
    for (name, labels), cells in found.items():
        best = max(cells, key=lambda one: cells[one].mean())
        texts = {one: f"{values.mean():.1f}" for one, values in cells.items()}
        texts[best] = f"**{texts[best]}**"
        rows.append([name, labels, *(texts.get(one, "") for one in every)])
    show(["set", "labels", *every], rows)
    for row in ROWS:
        if row["chosen"].startswith("not installed"):
            print(f"{row['head']}: not installed.\n")
            break


def alphas() -> None:
    """How far each rule's alpha is from the best one."""
    found = regrets(ROWS)
    rules = sorted(found, key=lambda rule: np.mean([*found[rule].values()]))
    rows = [
        [name, labels, *(f"{found[rule][name, labels]:.1f}" for rule in rules)]
        for name, labels in found[rules[0]]
    ]
    means = [f"{np.mean([*found[rule].values()]):.2f}" for rule in rules]
    show(["set", "labels", *rules], [*rows, ["mean", "", *means]])
    default, higher = found["denoising score"], found["denoising score, noise 2"]
    without = [
        np.mean([loss for (name, _), loss in rule.items() if name != "rectangles"])
        for rule in (default, higher)
    ]
    noises = [rule for rule in rules if rule.startswith("denoising score")]
    best = {min(noises, key=lambda rule: found[rule][place]) for place in found[rules[0]]}
    assert len(best) == len(noises)
    loss = dict(zip(rules, means, strict=True))

    def of_chance(worse: str, better: str) -> str:
        """Whether the mean difference over the lines is above two standard errors."""
        differences = [found[worse][place] - found[better][place] for place in found[worse]]
        mean, error = np.mean(differences), np.std(differences, ddof=1) / np.sqrt(len(differences))
        more = "more" if mean > 2 * error else "no more"
        return f"{mean:.2f} ± {error:.2f}, which is {more} than two standard errors"

    repeated = next(rule for rule in rules if "divided" in rule)
    assert rules[:2] == [repeated, "labels"]
    assert "no more" in of_chance("labels", repeated)
    print(
        f"To divide the labelled rows several times loses {loss[repeated]} points, one division {loss['labels']}, a difference of "
        f"{of_chance('labels', repeated)}. The log-loss, a standard error, and the choice beside the denoising score lose more.\n"
    )
    print(
        f"The denoising score at its default noise of 1 loses {loss['denoising score']} points, and the middle of the "
        f"grid, without any search, {loss['middle of the grid']}. With noise 2 the score would lose "
        f"{loss['denoising score, noise 2']} ({of_chance('denoising score', 'denoising score, noise 2')}); "
        f"without rectangles it is {without[0]:.2f} against {without[1]:.2f}. The default stays: each of the {len(noises)} noises is the best somewhere.\n"
    )


WANTED = {
    "goals": goal_lines,
    "losses": what_to_make_of_it,
    "clean": lambda: show(*_split(table(of_all(ROWS, ["clean"])))),
    "noisy": lambda: show(*_split(table(of_all(ROWS, [NOISY])))),
    "conditions": by_condition,
    "k-NN": lambda: show(*_split(table(lines(ROWS, "k-NN")))),
    "RBF-SVM": lambda: show(*_split(table(lines(ROWS, "RBF-SVM")))),
    "k-means": lambda: show(*_split(table(lines(ROWS, "k-means")))),
    "semi": semi_supervised,
    "alpha": alphas,
    "source": lambda: tell_source("worth"),
}


def _split(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    return rows[0], rows[1:]


WANTED[sys.argv[1]]()
