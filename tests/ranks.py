"""One rank of a process group that test_distributed.py starts: it runs scenarios and writes down what it saw of each.

Every scenario is a function of the rank and the number of ranks. An error that it
raises is what it saw.
"""

import atexit
import os
import pickle
import runpy
import sys
from contextlib import chdir, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import numpy as np
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcae import (
    ContractiveAutoencoder,
    ContractiveAutoencoderCV,
    DenoisingAutoencoder,
    _base,
    contractive_path,
)
from skcae.distributed import sharded
from skcae.model_selection import JointGridSearchCV

EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "torchrun_many_machines.py"
X = np.random.RandomState(0).uniform(size=(84, 6))
WEIGHT = np.arange(len(X)) % 4.0
EQUAL_TO_ONE_PROCESS = {
    "one layer": ContractiveAutoencoder(3, batch_size=84, max_iter=60, random_state=0),
    "weights": ContractiveAutoencoder(
        3, batch_size=84, max_iter=60, loss="cross_entropy", weight_decay=0.01, random_state=0
    ),
    "deep": ContractiveAutoencoder(
        2,
        hidden_layer_sizes=(5,),
        batch_size=84,
        max_iter=40,
        solver="sgd",
        penalty="exact",
        tied_weights=False,
        activation="tanh",
        random_state=0,
    ),
    "no noise": DenoisingAutoencoder(
        3, corruption_level=0, batch_size=84, max_iter=40, random_state=0
    ),
    "too fast": ContractiveAutoencoder(
        3, batch_size=84, max_iter=30, solver="sgd", learning_rate_init=2.0, random_state=0
    ),
}
"""Estimators whose fit to all rows does not depend on how many ranks share them."""


def shard(rank, size, rows=X):
    """Unequal parts: the first rank has half of the rows."""
    cuts = [0, *np.linspace(len(rows) // 2, len(rows), size).astype(int)]
    return rows[cuts[rank] : cuts[rank + 1]]


def fitted(estimator):
    """Everything that a fit leaves in an estimator."""
    return {
        name: value for name, value in vars(estimator).items() if name not in estimator.get_params()
    }


def equal_to_one_process(name, rank, size):
    weight = shard(rank, size, WEIGHT) if name == "weights" else None
    with sharded():
        return fitted(EQUAL_TO_ONE_PROCESS[name].fit(shard(rank, size), sample_weight=weight))


VALIDATED = ContractiveAutoencoder(
    3, batch_size=84, max_iter=30, early_stopping=True, learning_rate_init=0.5, random_state=0
)


def validation_rows(rank, size):
    """Unequal parts of the validation rows too, and weights that make them count otherwise."""
    given = {
        "X_val": shard(rank, size, X[::-1][:21]),
        "sample_weight_val": shard(rank, size, 1 + WEIGHT[:21]),
    }
    with sharded():
        return fitted(clone(VALIDATED).fit(shard(rank, size), **given))


def batches_in_the_same_order(rank, size):
    """The first rank has 60 rows, the second 4: fewer than enough for a batch in each step."""
    estimator = ContractiveAutoencoder(3, batch_size=20, shuffle=False, max_iter=10, random_state=0)
    with sharded():
        return fitted(estimator.fit(X[:60] if rank == 0 else X[60:64]))


def steps_by_the_largest_shard(rank, size):
    """Its 3 batches make 1800 steps, for which the rate is lower than for the 600 that the other rank would take."""
    estimator = ContractiveAutoencoder(3, batch_size=20, max_iter=600, random_state=0)
    with sharded():
        return fitted(estimator.fit(X[:60] if rank == 0 else X[60:64]))


def random_batches(rank, size):
    knobs = {
        "early_stopping": True,
        "corruption": "salt_and_pepper",
        "batch_size": 5,
        "max_iter": 15,
    }
    with sharded():
        return fitted(DenoisingAutoencoder(3, **knobs, random_state=rank).fit(shard(rank, size)))


def noise_of_shards(rank, size):
    """Only the first rank has batches for which noise is drawn in the span of the weights."""
    rows = np.random.RandomState(rank).uniform(size=(200 if rank == 0 else 9, 800))
    knobs = {"corruption": "gaussian", "batch_size": 200, "max_iter": 9, "n_iter_no_change": None}
    with sharded():
        return fitted(DenoisingAutoencoder(32, **knobs, random_state=0).fit(rows))


def continued(rank, size):
    estimator = DenoisingAutoencoder(3, random_state=0)
    with sharded():
        for block in np.array_split(X, 3):
            estimator.partial_fit(shard(rank, size, block))
    return fitted(estimator)


def orders_of_rows(rank, size):
    orders, permute = [], torch.randperm

    def recorded(n, **knobs):
        orders.append(permute(n, **knobs))
        return orders[-1]

    with mock.patch("torch.randperm", recorded), sharded():
        estimator = ContractiveAutoencoder(
            3, max_iter=2, batch_size=5, random_state=0, warm_start=True
        ).fit(X[:40])
        estimator.fit(X[:40])
    return [order.tolist() for order in orders]


def stopped(rank, size):
    """Only the last rank's callback wants to stop."""
    stop = rank == size - 1

    class Following(_base.FitTask):
        def on_epoch(self, epoch, result, so_far):
            return stop and epoch.number == 4

    with mock.patch.object(_base, "FitTask", Following), sharded():
        estimator = ContractiveAutoencoder(3, n_iter_no_change=None, random_state=0)
        return fitted(estimator.fit(shard(rank, size)))


def printed(rank, size):
    with mock.patch("builtins.print") as prints, sharded():
        ContractiveAutoencoder(3, max_iter=2, verbose=1).fit(X)
    return prints.call_count


def bad_rows(rank, size):
    with sharded():
        ContractiveAutoencoder(3, loss="cross_entropy").fit(X * 2 if rank == 1 else X)


def bad_parameter(rank, size):
    with sharded():
        ContractiveAutoencoder(-3 if rank == 1 else 3).fit(X)


def different_parameters(rank, size):
    with sharded():
        ContractiveAutoencoder(3, alpha=0.0 if rank == 0 else 0.5).fit(X)


def different_rates(rank, size):
    with sharded():
        ContractiveAutoencoder(3, learning_rate_init=0.1 * (1 + rank)).fit(X)


def different_dtypes(rank, size):
    with sharded():
        ContractiveAutoencoder(3).fit(X.astype("f4" if rank == 0 else "f8"))


def different_numbers_of_fits(rank, size):
    with sharded():
        for _ in range(rank):
            ContractiveAutoencoder(3).fit(X)


@contextmanager
def rows_on_a_breaking_disk(rank):
    gather, reads = _base._bridge.Rows.gather, []

    def failing(rows, index):
        reads.append(index)
        if rank == 1 and len(reads) > 20:
            raise OSError("disk gone")
        return gather(rows, index)

    with mock.patch.object(_base._bridge.Rows, "gather", failing):
        yield


def broken_in_the_middle(rank, size):
    """Who goes on after the error meets a second one."""
    estimator, errors = ContractiveAutoencoder(3, n_iter_no_change=None), []
    with rows_on_a_breaking_disk(rank), sharded():
        for _ in range(2):
            try:
                estimator.fit(X)
            except (OSError, RuntimeError) as error:
                errors.append(f"{type(error).__name__}: {error}")
    return errors, hasattr(estimator, "coefs_")


def no_rows(rank, size):
    with sharded():
        ContractiveAutoencoder(3).fit(X[:0] if rank == 1 else X)


def no_weight(rank, size):
    with sharded():
        ContractiveAutoencoder(3).fit(X, sample_weight=np.full(len(X), 1.0 - rank))


def many_models(name, rank, size):
    cae = ContractiveAutoencoder(3, max_iter=2, random_state=0)
    fits = {
        "path": lambda: contractive_path(X, [0, 1]),
        "cv": lambda: ContractiveAutoencoderCV(3, cv=2).fit(X),
        "joint search": lambda: JointGridSearchCV(cae, {"alpha": [0, 1]}, cv=2).fit(X),
        "search": lambda: GridSearchCV(cae, {"alpha": [0, 1]}, cv=2).fit(X),
        "search of two processes": lambda: GridSearchCV(cae, {"alpha": [0, 1]}, cv=2, n_jobs=2).fit(
            X
        ),
        "cross-validation": lambda: cross_val_score(cae, X, cv=2),
    }
    with sharded():
        fits[name]()


def pipeline(rank, size):
    with sharded():
        scaler, cae = make_pipeline(StandardScaler(), ContractiveAutoencoder(3, max_iter=5)).fit(
            shard(rank, size)
        )
    return scaler.mean_, fitted(cae)


def example(rank, size):
    """The script of the documentation, in the process group that there is already."""
    with (
        TemporaryDirectory() as folder,
        chdir(folder),
        mock.patch("torch.distributed.init_process_group"),
    ):
        with mock.patch("torch.distributed.destroy_process_group"):
            names = runpy.run_path(str(EXAMPLE))
        return names["cae"].coefs_[0], [path.name for path in Path(folder).iterdir()]


def dead(rank, size):
    """The second rank is gone in the middle of a fit."""
    estimator = ContractiveAutoencoder(
        3, n_iter_no_change=None, batch_size=4, max_iter=1000, verbose=1
    )
    estimator._report = lambda epoch: None

    class Following(_base.FitTask):
        def on_epoch(self, epoch, result, so_far):
            if rank == 1:
                os._exit(0)

    with mock.patch.object(_base, "FitTask", Following), sharded():
        estimator.fit(X)


def main(folder, *names):
    torch.distributed.init_process_group("gloo", timeout=timedelta(seconds=60))
    rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
    seen = {}
    for name in names:
        function, _, argument = name.partition(":")
        try:
            seen[name] = globals()[function](*([argument] if argument else []), rank, size)
        except Exception as error:
            seen[name] = f"{type(error).__name__}: {error}"
    Path(folder, f"{rank}.pkl").write_bytes(pickle.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
    # Some versions of torch abort when the interpreter takes a process group down that
    # has failed.
    atexit._run_exitfuncs()  # coverage's among them
    os._exit(0)
