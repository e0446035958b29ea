"""What fine-tuning costs, against the aim, and the table."""

from _table import measured, show, tell_source

AIM = 1.5
"""With tangents, in times of the autograd loop without."""

found = measured("finetune").set_index("fine-tuning")
tangents = next(name for name in found.index if name.endswith("tangents, one epoch"))
exact = found.loc[tangents.replace("one epoch", "exact")]
drawn = found.loc[tangents.replace("one epoch", "one draw")]
alone, plain = found.loc[tangents], found.loc["no tangents"]
verdict = "reached" if drawn["over autograd"] <= AIM else "missed"
print(
    f"With tangents the aim was {AIM} times the loop without. It is {verdict}, at {drawn['over autograd']:.2f}. "
    f"The exact term, ``tangent_draws=None``, takes {exact['over autograd']:.1f}: every step then carries "
    "one product with the first layer for each class or tangent, whichever are fewer. The tangents themselves "
    f"and one epoch take {alone['over autograd']:.2f}. Without tangents a fit, the logistic regression in it, takes "
    f"{plain['over autograd']:.2f}.\n"
)
columns = ["rows", "epochs", "seconds", "over autograd"]
show(
    ["fine-tuning", *columns],
    [
        [name, str(rows), str(epochs), seconds, ratio]
        for name, rows, epochs, seconds, ratio in found[columns].itertuples()
    ],
)
tell_source("finetune")
