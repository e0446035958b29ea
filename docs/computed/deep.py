"""One layer and two at the same strengths of contraction."""

from _table import show
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction, local_dimension

X, rows = load_digits().data / 16, []
for hidden in [(), (48,)]:
    for alpha in [0, 0.1, 1]:
        shared = {"activation": "tanh", "max_iter": 60, "n_iter_no_change": None, "random_state": 0}
        cae = ContractiveAutoencoder(32, alpha=alpha, hidden_layer_sizes=hidden, **shared).fit(X)
        measured = [float(measure(cae, X).mean()) for measure in (contraction, local_dimension)]
        rows.append(
            [
                "-".join(map(str, (64, *hidden, 32))),
                f"{alpha:g}",
                -cae.score(X),
                *measured,
            ]
        )
norms = [row[3] for row in rows]
assert norms[5] < norms[2] / 5  # the same alpha = 1 is stronger in the deep encoder
show(["encoder", "alpha", "reconstruction error", ":math:`\\| J \\|_F^2`", "local dimension"], rows)
