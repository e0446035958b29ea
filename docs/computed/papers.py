"""The papers' figures beside those measured here, and sentences on what was missed and what was reached."""

import re
from itertools import pairwise
from math import log, sqrt

import pandas as pd
from _table import measured, show
from scipy.stats import t
from sklearn.neighbors import KNeighborsClassifier

from skcae import ContractiveAutoencoder, DenoisingAutoencoder, FinetunedClassifier

N_TESTED = {"mnist": 10000}
"""Test rows of a set; all others have VARIANT."""
VARIANT = 50000
NAMED = re.compile(r"(\w+)=([^,)]+)")
HEAD, QUOTE = "head's ", "'"
GROUP = ["table", "method", "labels"]
TITLES = {
    "supervised": "ICML 2011, table 1: one layer of 1000 units, fine-tuned from 50000 labels",
    "few labels": "MTC, table 2: few labels",
    "neighbours": "MTC, table 1: nearest neighbours on codes, 1000 labels",
    "deep": "MTC, table 3: two layers of 2000 units, fine-tuned from 50000 labels",
    "variants": "ICML 2011, table 2: two layers, sets made by the script",
}
DEFAULTS = {
    name: value
    for kind in (
        KNeighborsClassifier,
        DenoisingAutoencoder,
        ContractiveAutoencoder,
        FinetunedClassifier,
    )
    for name, value in kind().get_params(deep=False).items()
}


def parameters(setting: str) -> dict[str, str]:
    """The parameters of all steps that a setting names; those of the head say so."""
    layers, _, head = setting.rpartition(" > ")
    found = {"layers": str(layers.count(" > ") + 1)} | dict(NAMED.findall(layers))
    return found | {f"{HEAD}{name}": value for name, value in NAMED.findall(head)}


def differing(setting: str, others: list[str]) -> str:
    """The parameters in which a setting differs from one of the others."""
    every = [parameters(other) for other in others]
    own, said = parameters(setting), []
    for name in dict.fromkeys(name for one in every for name in one):
        default = str(DEFAULTS.get(name.removeprefix(HEAD)))
        varies = len({one.get(name, default) for one in every}) > 1
        if varies and not name.endswith("random_state"):
            said.append(f"{name} {own.get(name, default).strip(QUOTE)}")
    return ", ".join(said)


def half_width(errors: pd.Series, n_tested: int) -> float:
    """Of the 95 % interval of a mean error in percent: of the rows, and of the draws of labels."""
    p, n_draws = errors.mean() / 100, len(errors)
    of_rows = 1.96**2 * p * (1 - p) / n_tested
    of_draws = 0.0
    if n_draws > 1:
        of_draws = t.ppf(0.975, n_draws - 1) ** 2 * errors.var() / 100**2 / n_draws
    return 100 * sqrt(of_rows + of_draws)


def chosen_rows(found: pd.DataFrame) -> pd.DataFrame:
    """A row for every method: the setting of lowest mean validation error, and what it did."""
    rows = []
    tested = found[found["stage"] == "test"]
    for group, part in found[found["stage"] == "validation"].groupby(GROUP, sort=False):
        means = part.groupby("setting", sort=False)["validation error %"].mean()
        own = tested[(tested[GROUP] == list(group)).all(axis=1)]
        own = own[own["setting"] == means.idxmin()]
        if own.empty:
            continue
        errors, first = own["test error %"], own.iloc[0]
        rows.append(
            first[[*GROUP, "contraction", "saturated %"]].to_dict()
            | {f"published {name}": first[f"published {name}"] for name in PUBLISHED}
            | {
                "error": errors.mean(),
                "half": half_width(errors, N_TESTED.get(first["data"], VARIANT)),
                "draws": len(errors),
                "choice": differing(means.idxmin(), list(means.index)),
                "n_settings": len(means),
            }
        )
    return pd.DataFrame(rows)


PUBLISHED = ("error %", "contraction", "saturated %")


def show_table(table: str, rows: pd.DataFrame) -> None:
    """One table of a paper."""
    print(f"**{TITLES[table]}**\n")
    with_layer = rows["published contraction"].notna().any()
    several = rows["labels"].nunique() > 1
    head = ["method", *["labels"] * several, "error % (published)"]
    if with_layer:
        head += [":math:`\\|J\\|_F^2` (published)", "saturated % (published)"]
    lines = []
    for row in rows.to_dict("records"):
        error = f"{row['error']:.2f} ± {row['half']:.2f} ({row['published error %']:.2f})"
        cells = [row["method"], *[row["labels"]] * several, error]
        if with_layer:
            for name in PUBLISHED[1:]:
                cells.append(f"{row[name]:.0f} ({row[f'published {name}']:.0f})")
        lines.append([*cells, f"{row['choice'] or 'the only setting'} (of {row['n_settings']})"])
    show([*head, "chosen"], lines)


def named(row: dict) -> str:
    """A row of a table in words."""
    labels = "" if row["labels"] == "all" else f", {row['labels']} labels"
    return f"{row['method']}{labels} ({row['error']:.2f} against {row['published error %']:.2f})"


def verdicts(rows: pd.DataFrame) -> None:
    """What was missed comes first."""
    off = rows["error"] - rows["published error %"]
    kinds = {
        "Missed, by more than the interval": off > rows["half"],
        "Within the interval": off.abs() <= rows["half"],
        "Better, by more than the interval": off < -rows["half"],
    }
    for said, which in kinds.items():
        if which.any():
            print(f"{said}: {'; '.join(map(named, rows[which].to_dict('records')))}.")
    print()


def compare_methods(rows: pd.DataFrame) -> None:
    """Whether contraction is ahead of the other methods of table 1, as it was published."""
    errors, halves = rows.set_index("method")["error"], rows.set_index("method")["half"]
    others = errors.drop("CAE")
    best = others.idxmin()
    difference = errors["CAE"] - others[best]
    margin = sqrt(halves["CAE"] ** 2 + halves[best] ** 2)
    place = "behind" if difference > 0 else "ahead of"
    significant = "more" if abs(difference) > margin else "no more"
    print(
        f"The contractive autoencoder is {place} the best of the others, {best}, by "
        f"{abs(difference):.2f}, {significant} than chance explains ({margin:.2f})."
    )
    order, published = (
        " < ".join(rows.sort_values(name)["method"]) for name in ("error", "published error %")
    )
    same = "the same as published" if order == published else f"published is {published}"
    print(f"The order of the errors is {order}; {same}.\n")


METHODS = {
    "CAE": r"^Contractive(?!.*(?:alpha=0,|penalty=))",
    "DAE-g": "^Denoising.*gaussian",
    "DAE-b": "^Denoising(?!.*gaussian)",
    "AE+wd": "alpha=0,.*weight_decay",
    "AE": "alpha=0,(?!.*weight_decay)",
}
"""By method of table 1, a pattern of its layers."""


def single_layers(*found: pd.DataFrame) -> pd.DataFrame:
    """The layers of 1000 units trained on pixels of MNIST, with their methods."""
    layers = pd.concat(found)
    layers = layers[(layers["stage"] == "pretraining") & (layers["data"] == "mnist")]
    setting = layers["setting"]
    layers = layers[~setting.str.contains(" > ") & setting.str.contains("n_components=1000,")]
    kinds = {name: layers["setting"].str.contains(kind) for name, kind in METHODS.items()}
    return pd.concat([layers[which].assign(method=name) for name, which in kinds.items()])


def compare_layers(rows: pd.DataFrame, layers: pd.DataFrame) -> None:
    """The norms of the Jacobians and the saturated units, against those published."""
    names = ("contraction", "published contraction")
    order, published = (" < ".join(rows.sort_values(name)["method"]) for name in names)
    same = "as published" if order == published else f"published is {published}"
    print(f"The order of the norms before fine-tuning is {order}; {same}.")
    print(
        f"{len(layers)} layers were trained, some of them for this comparison, after the published figures had been seen "
        "(``papers_tried.py``). The nearest have the smallest sum of the differences, of the logarithms of the norms and of the saturated "
        "fractions:\n"
    )
    lines, off = [], {}
    for row in rows.to_dict("records"):
        own = layers[layers["method"] == row["method"]]
        ratio = own["contraction"] / row["published contraction"]
        points = own["saturated %"] - row["published saturated %"]
        place = (ratio.map(log).abs() + points.abs() / 100).argmin()
        nearest = own.iloc[place]
        settings = [f"{setting} > " for setting in own["setting"]]
        off[row["method"]] = 100 * (ratio.iloc[place] - 1), points.iloc[place]
        cells = [
            f"{nearest[name]:.0f} ({row[f'published {name}']:.0f})"
            for name in ("contraction", "saturated %")
        ]
        lines.append([row["method"], *cells, differing(settings[place], settings), len(own)])
    head = ["method", ":math:`\\|J\\|_F^2` (published)", "saturated % (published)", "layer", "of"]
    show(head, lines)
    others = {method: both for method, both in off.items() if method != "AE"}
    norm, points = (max(abs(both[part]) for both in others.values()) for part in (0, 1))
    assert norm < 10
    assert points < 7
    assert abs(off["AE"][0]) < 2
    assert off["AE"][1] < -30
    plain = layers[layers["method"] == "AE"]
    most = plain.loc[plain["saturated %"].idxmax()]
    print(
        f"Their norms differ from the published ones by {norm:.0f} percent at most, and their saturated units by {points:.0f} points, "
        f"but for AE, whose units are less saturated by {-off['AE'][1]:.0f} points. None of the {len(plain)} plain layers has the published "
        f"norm and the published saturation: the one with the most saturated units, {most['saturated %']:.0f} percent, has a norm of {most['contraction']:.0f}.\n"
    )


def compare_epochs(found: pd.DataFrame) -> None:
    """What more epochs of fine-tuning, and dropout, did to the validation errors."""
    tried = found[(found["stage"] == "validation") & (found["table"] == "supervised")]
    layers = tried["setting"].str.partition(" > ")[0]
    errors = tried.assign(layers=layers, head=tried["setting"].map(in_words)).pivot(
        index="layers", columns="head", values="validation error %"
    )
    for before, after in pairwise(tried["setting"].map(in_words).unique()):
        gain = (errors[before] - errors[after]).dropna()
        contractive = gain.index.str.startswith("Contractive")
        plain = gain.index.str.contains("alpha=0,")
        own = gain[contractive & ~plain].mean()
        print(
            f"Fine-tuning for {after} instead of {before} lowers the validation error of "
            f"{int((gain > 0).sum())} of {len(gain)} settings, by {gain.mean():.2f} on average. In those with contraction it "
            f"{'falls' if own > 0 else 'rises'} by {abs(own):.2f}."
        )
    print()


def in_words(setting: str) -> str:
    """How long a setting fine-tunes, whether with dropout, and at which rate if it is not the default."""
    own = parameters(setting)
    words = f"{own.get(f'{HEAD}max_iter', DEFAULTS['max_iter'])} epochs"
    if f"{HEAD}dropout" in own:
        words += " with dropout"
    if f"{HEAD}learning_rate_init" in own:
        words += f" at rate {own[f'{HEAD}learning_rate_init']}"
    return words


def compare_heads(found: pd.DataFrame) -> None:
    """When frozen codes suffice, and when fine-tuning pays, by the validation errors."""
    tried = found[(found["stage"] == "validation") & (found["method"] == "CAE")]
    tried = tried[tried["table"] == "few labels"]
    frozen = tried["setting"].str.contains("fine_tune=False")
    best = {
        kind: part.groupby(["labels", "setting"])["validation error %"]
        .mean()
        .groupby("labels")
        .min()
        for kind, part in (("frozen", tried[frozen]), ("tuned", tried[~frozen]))
    }
    said = [
        f"{labels} labels {best['frozen'][labels]:.2f} and {best['tuned'][labels]:.2f}"
        for labels in sorted(best["tuned"].index, key=int)
    ]
    print(
        "The lowest validation errors of frozen codes and of fine-tuned ones, means over the "
        f"draws of the labels: {'; '.join(said)}.\n"
    )


def compare_tangents(found: pd.DataFrame) -> None:
    """What MTC does with the tangents of labelled rows alone: of those tested the setting that validates best."""
    mtc = found[(found["table"] == "few labels") & (found["method"] == "MTC")]
    mtc = mtc[~mtc["setting"].str.contains("tangent_rows")]
    said = []
    for labels, part in mtc.groupby("labels", sort=False):
        tested = part[part["stage"] == "test"]
        seen = part[(part["stage"] == "validation") & part["setting"].isin(tested["setting"])]
        best = seen.groupby("setting")["validation error %"].mean().idxmin()
        own = tested[tested["setting"] == best]
        errors = own["test error %"]
        said.append(
            f"{labels} labels {errors.mean():.2f} ± {half_width(errors, N_TESTED['mnist']):.2f} "
            f"({own['published error %'].iloc[0]:.2f})"
        )
    print(
        "The published objective sums its term over the rows with a label; the tangents of all rows are an addition. "
        f"With those of the labelled rows alone, and two layers: {'; '.join(said)}.\n"
    )


def compare_before(found: pd.DataFrame) -> None:
    """The order of table 1 after the fine-tuning that was tested before dropout was tried."""
    of_table = found[found["table"] == "supervised"]
    short = of_table[of_table["setting"].map(in_words) == "20 epochs"]
    tested = short[short["stage"] == "test"].set_index("method").sort_values("test error %")
    order = " < ".join(tested.index)
    published = " < ".join(tested.sort_values("published error %").index)
    errors = "; ".join(f"{method} {error:.2f}" for method, error in tested["test error %"].items())
    best, best_short = (
        one[one["stage"] == "validation"].groupby("method")["validation error %"].min()
        for one in (of_table, short)
    )
    gained = best_short - best
    others = gained.drop("CAE")
    assert order == published
    assert gained["CAE"] < others.min()
    print(
        f"After 20 epochs without dropout, tested before, the order is {order}, as published ({errors}). Longer "
        f"fine-tuning and dropout then lowered the validation error by {gained['CAE']:.2f} with contraction, and by "
        f"{others.min():.2f} to {others.max():.2f} with the other methods: they catch up on what the layer has in "
        "advance.\n"
    )


def compare_dropout(found: pd.DataFrame) -> None:
    """What dropout does on the sets made by the script: the lowest validation errors without it and with it."""
    tried = found[(found["table"] == "variants") & (found["stage"] == "validation")]
    dropped = tried["setting"].str.contains("dropout=")
    lowest = tried.groupby([tried["method"], dropped], sort=False)["validation error %"].min()
    said = [
        f"{name} {lowest[name, False]:.2f} and {lowest[name, True]:.2f}"
        for name in tried["method"].unique()
    ]
    print(f"The lowest validation errors without dropout and with it: {'; '.join(said)}.\n")


def compare_pixels(rows: pd.DataFrame) -> None:
    """What codes gain over pixels, whose own error here differs from the published one."""
    errors = rows.set_index("method")[["error", "published error %"]]
    gains = errors.loc["pixels"] - errors.drop("pixels")
    said = "; ".join(
        f"{method} {here:.2f}, published {published:.2f}"
        for method, (here, published) in gains.iterrows()
    )
    print(f"Gained over pixels, in points of the error: {said}.\n")


found = measured("papers")
choices = chosen_rows(found)
for table in TITLES:
    rows = choices[choices["table"] == table]
    if rows.empty:
        continue
    show_table(table, rows)
    verdicts(rows)
    if table == "supervised":
        compare_methods(rows)
        compare_epochs(found)
        compare_before(found)
        compare_layers(rows, single_layers(found, measured("papers_tried")))
    if table == "few labels":
        compare_heads(found)
        compare_tangents(found)
    if table == "variants":
        compare_dropout(found)
    if table == "neighbours":
        compare_pixels(rows)
trained = found[found["stage"] != "test"]
last = found.iloc[-1]
print(
    f"{len(trained)} trainings, {trained['seconds'].sum() / 60:.0f} minutes. Measured on {last['date']}; "
    f"{last['machine']}. The command: ``python docs/benchmarks/papers.py --data mnist.npz``."
)
