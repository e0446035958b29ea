"""What fine-tuning costs, against the aim, and the table."""

from _table import measured, show, tell_source

AIM = 1.5
"""With tangents, in times of the autograd loop without."""

found = measured("finetune").set_index("fine-tuning")
tangents = next(name for name in found.index if name.endswith("tangents, one epoch"))
whole = found.loc[tangents.removesuffix(", one epoch")]
alone, plain = found.loc[tangents], found.loc["no tangents"]
verdict = "reached" if whole["over autograd"] <= AIM else "missed"
print(
    f"With tangents the aim was {AIM} times the loop without; it is {verdict}, at "
    f"{whole['over autograd']:.1f}. The tangents themselves take {alone['over autograd']:.1f}, and every step then carries "
    "one product with the first layer for each class or tangent, whichever are fewer. Without tangents a fit, "
    f"the logistic regression in it, takes {plain['over autograd']:.2f}.\n"
)
columns = ["rows", "epochs", "seconds", "over autograd"]
show(["fine-tuning", *columns], found[columns].astype(object).reset_index().to_numpy().astype(str))
tell_source("finetune")
