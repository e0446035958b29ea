"""Objective against wall time on 10000 rows of MNIST: the number of steps matters more than the cost of one.

Run ``python docs/benchmarks/curve.py --data mnist.npz``. 256 tied logistic units, cross_entropy, alpha 0.1, float32.
"""

from time import perf_counter

import torch
from _common import mnist, parser, save
from torch.nn.functional import binary_cross_entropy_with_logits

from skcae import ContractiveAutoencoder
from skcae.inspection import contraction

EPOCHS, ALPHA, N_COMPONENTS, BATCH = (5, 15, 40, 100, 200), 0.1, 256, 128


def ours(X) -> list[dict]:
    """A whole fit for every number of epochs, all other parameters at their defaults."""
    rows = []
    for epochs in EPOCHS:
        cae = ContractiveAutoencoder(N_COMPONENTS, alpha=ALPHA, loss="cross_entropy", max_iter=epochs, random_state=0)
        start = perf_counter()
        cae.fit(X)
        seconds = perf_counter() - start
        objective = -cae.score(X) + ALPHA * float(contraction(cae, X).mean())
        rows.append({"peer": "skcae, defaults", "epochs": epochs, "seconds": seconds, "objective": objective})
    return rows


def idiom(X, rate: float) -> list[dict]:
    """The closed form, autograd and torch.optim.Adam at a constant rate, looked at on the way."""
    torch.manual_seed(0)
    X = torch.from_numpy(X)
    encoder, bias = torch.nn.Linear(X.shape[1], N_COMPONENTS), torch.nn.Parameter(torch.zeros(X.shape[1]))
    optimizer = torch.optim.Adam([*encoder.parameters(), bias], lr=rate)

    def objective(x):
        h = torch.sigmoid(encoder(x))
        error = binary_cross_entropy_with_logits(h @ encoder.weight + bias, x, reduction="sum") / len(x)
        return error + ALPHA * ((h * (1 - h)).square() @ encoder.weight.square().sum(1)).mean()

    rows, seconds = [], 0.0
    for epoch in range(1, EPOCHS[-1] + 1):
        start = perf_counter()
        for index in torch.randperm(len(X)).split(BATCH):
            optimizer.zero_grad()
            objective(X[index]).backward()
            optimizer.step()
        seconds += perf_counter() - start
        if epoch in EPOCHS:
            with torch.no_grad():
                value = objective(X).item()
            rows.append({"peer": f"torch.optim.Adam at {rate:g}", "epochs": epoch, "seconds": seconds, "objective": value})
    return rows


def main() -> None:
    """Measure both, the idiom at two rates."""
    X = mnist(parser(__doc__.splitlines()[0], data=True).parse_args())[0][:10000]
    rows = ours(X) + idiom(X, 0.001) + idiom(X, 0.01)
    save("curve", [{**row, "seconds": round(row["seconds"], 1), "objective": round(row["objective"], 2)} for row in rows])


if __name__ == "__main__":
    main()
