"""The table of the joint search, and a sentence on it, from what its script wrote."""

from _table import measured, show, tell_source

found = measured("joint_search")
rows = [
    [row.what, row.against, f"{row.seconds:.2f}", f"{row.of_other:.2f}", f"{row.ratio:.2f}"]
    for row in found.itertuples()
]
show(["what", "against", "seconds", "of the other", "times faster"], rows)
alone, processes = found["ratio"][:2]
training = found[found["against"] == "single fits"].iloc[1:]
most, least = (training.loc[at] for at in (training["ratio"].idxmax(), training["ratio"].idxmin()))
assert most.name < least.name  # they are in order of size
wide = training["what"].str.contains("784 features, (?:256|1000) units")
assert wide.sum() == 2
assert training.loc[wide, "ratio"].max() < 1.1
print(
    f"The search is {alone:.1f} times faster than one process with both threads, and "
    f"{processes:.1f} times faster than two processes with one thread each. "
    f"Of the layers compared, the gain is largest for {most['what'].partition(', 9')[0]} "
    f"({most['ratio']:.1f} times), and smallest for {least['what'].partition(', 9')[0]} "
    f"({least['ratio']:.2f} times).\n"
)
tell_source("joint_search")
