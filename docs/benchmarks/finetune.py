"""Fine-tuning, without tangents and with, over the time of a plain autograd loop without tangents.

One process, the same rows, batches, first weights and number of steps for all, and the
seconds of the processor. The encoder is fitted before; a fit has the logistic regression
and the tangents in it, the loop has neither. With one draw, the default, a step takes
one random combination of the tangents of each row. Of the fit with one epoch, the
tangents are nearly everything.
"""

from collections.abc import Callable
from time import process_time

import numpy as np
import torch
from _common import parser, save
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from torch.nn.functional import cross_entropy

from skcae import ContractiveAutoencoder, FinetunedClassifier

N_ROWS, N_FEATURES, N_UNITS, N_TANGENTS, BATCH = 1000, 784, 1000, 15, 50


def images(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits of scikit-learn, enlarged to 28 x 28 pixels, as float32 in [0, 1]."""
    X, y = load_digits(return_X_y=True)
    small = X[:n_rows].reshape(-1, 8, 8) / 16
    places = np.linspace(0, 7, 28).round().astype(int)
    large = small[:, places][:, :, places]
    return large.reshape(len(large), -1).astype(np.float32), y[:n_rows]


def loop(
    cae: ContractiveAutoencoder,
    head: FinetunedClassifier,
    X: np.ndarray,
    y: np.ndarray,
    n_epochs: int,
) -> None:
    """What a user writes: two layers, the log-loss, autograd and torch's Adam."""
    arrays = (cae.components_, cae.intercept_hidden_, head.coef_, head.intercept_)
    leaves = [torch.tensor(array, dtype=torch.float32, requires_grad=True) for array in arrays]
    weight, bias, coef, intercept = leaves
    solver = torch.optim.Adam(leaves, lr=0.001)
    x, label = torch.from_numpy(X), torch.from_numpy(y)
    for _ in range(n_epochs):
        for index in torch.randperm(len(x)).split(BATCH):
            code = torch.sigmoid(x[index] @ weight.T + bias)
            loss = cross_entropy(code @ coef.T + intercept, label[index])
            solver.zero_grad()
            loss.backward()
            solver.step()


def processor_seconds(run: Callable[[], object]) -> float:
    """What run takes; other work on the machine hardly counts."""
    start = process_time()
    run()
    return process_time() - start


def main() -> None:
    """Measure and write."""
    arguments = parser(__doc__.splitlines()[0]).parse_args()
    n_rows, n_epochs = (50, 1) if arguments.quick else (N_ROWS, 50)
    X, y = images(n_rows)
    cae = ContractiveAutoencoder(
        N_UNITS,
        loss="cross_entropy",
        max_iter=min(n_epochs, 10),
        n_iter_no_change=None,
        random_state=0,
    )
    encoder = FrozenEstimator(cae.fit(X))
    head = FinetunedClassifier(encoder, fine_tune=False).fit(X, y)
    tuned = FinetunedClassifier(encoder, max_iter=n_epochs, batch_size=BATCH, random_state=0)
    drawn = clone(tuned).set_params(n_tangents=N_TANGENTS, tangent_strength=1)
    exact = clone(drawn).set_params(tangent_draws=None)
    computed = clone(drawn).set_params(max_iter=1)
    runs = {
        "autograd, no tangents": lambda: loop(cae, head, X, y, n_epochs),
        "no tangents": lambda: tuned.fit(X, y),
        f"{N_TANGENTS} tangents, exact": lambda: exact.fit(X, y),
        f"{N_TANGENTS} tangents, one draw": lambda: drawn.fit(X, y),
        f"{N_TANGENTS} tangents, one epoch": lambda: computed.fit(X, y),
    }
    taken = {name: processor_seconds(run) for name, run in runs.items()}
    least = taken["autograd, no tangents"]
    rows = [
        {
            "fine-tuning": name,
            "rows": len(X),
            "epochs": 1 if name.endswith("one epoch") else n_epochs,
            "seconds": round(one, 2),
            "over autograd": round(one / least, 2),
        }
        for name, one in taken.items()
    ]
    save("finetune", rows, arguments)


if __name__ == "__main__":
    main()
