"""Time and result of the penalties of a deep encoder."""

from time import perf_counter

from _table import show
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder, Exact, HigherOrder, Hutchinson
from skcae.inspection import contraction

X = load_digits().data / 16
rows = []
for hidden in [(), (48,)]:
    for penalty in [Exact(), Hutchinson(), Hutchinson(n_probes=4), HigherOrder()]:
        shared = {
            "hidden_layer_sizes": hidden,
            "max_iter": 20,
            "n_iter_no_change": None,
            "random_state": 0,
        }
        cae = ContractiveAutoencoder(32, penalty=penalty, **shared)
        start = perf_counter()
        cae.fit(X)
        seconds = perf_counter() - start
        sizes = "-".join(map(str, (64, *hidden, 32)))
        rows.append(
            [sizes, f"``{penalty}``", seconds, -cae.score(X), float(contraction(cae, X).mean())]
        )
show(["encoder", "penalty", "seconds", "reconstruction error", "exact :math:`\\| J \\|_F^2`"], rows)
