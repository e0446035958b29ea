"""Ranks that share the rows fit what one process fits, end alike, and fail together."""

import os
import pickle
import re
import socket
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import ranks
from estimators import diverging, short_fits
from sklearn.base import clone

from skcae import ContractiveAutoencoder, HigherOrder
from skcae.core.model import Architecture
from skcae.core.objective import AutoencoderObjective
from skcae.distributed import _of_any_shape, sharded

pytestmark = short_fits
SCRIPT = Path(ranks.__file__)
EQUAL = [f"equal_to_one_process:{name}" for name in ranks.EQUAL_TO_ONE_PROCESS]
MANY_MODELS = {
    **{f"many_models:{name}": "A joint training" for name in ("path", "cv", "joint search")},
    **{
        f"many_models:{name}": "joblib's Parallel, as in a search or cross-validation,"
        for name in ("search", "search of two processes", "cross-validation")
    },
}
ON_TWO = [
    *EQUAL,
    "batches_in_the_same_order",
    "steps_by_the_largest_shard",
    "random_batches",
    "noise_of_shards",
    "validation_rows",
    "continued",
    "orders_of_rows",
    "stopped",
    "printed",
    "bad_rows",
    "bad_parameter",
    "different_parameters",
    "different_rates",
    "different_dtypes",
    "different_numbers_of_fits",
    "broken_in_the_middle",
    "no_rows",
    "no_weight",
    *MANY_MODELS,
    "pipeline",
    "example",
]
ON_FOUR = [EQUAL[1], "random_batches", "stopped", "broken_in_the_middle"]


@cache
def seen_by(size):
    """What each rank of a process group of this size saw of each scenario; torchrun starts them once for all tests."""
    names = {2: ON_TWO, 4: ON_FOUR}[size]
    with TemporaryDirectory() as folder:
        launcher = [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            f"--nproc-per-node={size}",
        ]
        subprocess.run([*launcher, SCRIPT, folder, *names], check=True, timeout=240)
        return [pickle.loads(Path(folder, f"{rank}.pkl").read_bytes()) for rank in range(size)]


def every(size, name):
    """What all ranks saw, one after the other."""
    return [seen[name] for seen in seen_by(size)]


def assert_same_everywhere(size, name):
    """Everything fitted is the same to the last bit; returns it."""
    first, *others = every(size, name)
    assert isinstance(first, dict), first
    for other in others:
        assert pickle.dumps(other) == pickle.dumps(first)
    return first


def assert_fitted_like(fitted, estimator, tolerance=1e-10):
    for name in ("coefs_", "intercepts_"):
        for actual, expected in zip(fitted[name], getattr(estimator, name), strict=True):
            np.testing.assert_allclose(
                actual, expected, rtol=0, atol=tolerance * max(1, np.abs(expected).max())
            )
    for name in ("loss_curve_", "reconstruction_curve_", "contraction_curve_"):
        if hasattr(estimator, name):
            np.testing.assert_allclose(fitted[name], getattr(estimator, name), rtol=tolerance)
    for name in ("n_iter_", "n_samples_seen_", "learning_rate_", "n_features_in_", "_solver_steps"):
        assert fitted[name] == getattr(estimator, name), name


@diverging
@pytest.mark.parametrize(("size", "name"), [*((2, name) for name in EQUAL), (4, EQUAL[1])])
def test_one_batch_per_rank_fits_what_one_process_fits(size, name):
    kind = name.partition(":")[2]
    weight = ranks.WEIGHT if kind == "weights" else None
    alone = clone(ranks.EQUAL_TO_ONE_PROCESS[kind]).fit(ranks.X, sample_weight=weight)
    assert_fitted_like(assert_same_everywhere(size, name), alone)
    assert kind != "too fast" or alone.learning_rate_ < alone.learning_rate_init


def test_a_step_weighs_rows_alike_and_goes_on_when_a_rank_has_run_out():
    large, small = ranks.X[:60], ranks.X[60:64]
    order = np.concatenate([large[:20], small[:2], large[20:40], small[2:], large[40:]])
    alone = ContractiveAutoencoder(
        3, batch_size=22, shuffle=False, max_iter=10, random_state=0
    ).fit(order)
    assert_fitted_like(assert_same_everywhere(2, "batches_in_the_same_order"), alone)


def test_the_auto_learning_rate_is_that_of_the_steps_taken():
    task = ContractiveAutoencoder(3, batch_size=20, max_iter=600)._training(ranks.X[:60], None)
    """It may have been halved on the way."""
    rate = assert_same_everywhere(2, "steps_by_the_largest_shard")["learning_rate_"]
    assert rate in [task.schedule.learning_rate * 0.5**rises for rises in range(4)]


@pytest.mark.parametrize("size", [2, 4])
def test_random_batches_and_early_stopping_end_alike(size):
    fitted = assert_same_everywhere(size, "random_batches")
    held_out = sum(round(0.1 * len(ranks.shard(rank, size))) for rank in range(size))
    assert fitted["n_samples_seen_"] == fitted["n_iter_"] * (len(ranks.X) - held_out)
    assert fitted["loss_curve_"][-1] < 0.8 * fitted["loss_curve_"][0]
    assert len(fitted["validation_scores_"]) == fitted["n_iter_"]


def test_noise_may_be_drawn_otherwise_on_ranks_with_few_rows():
    assert_same_everywhere(2, "noise_of_shards")


def test_ranks_give_validation_rows_of_their_own():
    alone = clone(ranks.VALIDATED).fit(
        ranks.X, X_val=ranks.X[::-1][:21], sample_weight_val=1 + ranks.WEIGHT[:21]
    )
    assert_fitted_like(assert_same_everywhere(2, "validation_rows"), alone)


def test_partial_fit_goes_on():
    fitted = assert_same_everywhere(2, "continued")
    assert fitted["n_iter_"] == 3
    assert fitted["n_samples_seen_"] == len(ranks.X)


def test_each_rank_and_fit_has_an_order_of_its_own():
    orders = [tuple(order) for seen in every(2, "orders_of_rows") for order in seen]
    assert len(set(orders)) == len(orders) == 8


@pytest.mark.parametrize("size", [2, 4])
def test_one_rank_stops_all(size):
    assert assert_same_everywhere(size, "stopped")["n_iter_"] == 4


def test_the_first_rank_alone_prints():
    assert every(2, "printed") == [2, 0]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("bad_rows", r"ValueError: loss='cross_entropy' needs every value of X in \[0, 1\]"),
        ("bad_parameter", "InvalidParameterError: The 'n_components' parameter"),
        ("no_rows", r"ValueError: Found array with 0 sample\(s\)"),
        ("no_weight", "ValueError: .*must contain at least one non-zero number"),
    ],
)
def test_an_error_before_the_fit_reaches_every_rank(name, error):
    other, own = every(2, name)
    assert re.match(error, own)
    assert re.match(
        f"RuntimeError: The fit ended on all 2 ranks because of an error: on rank 1, {error}", other
    )


@pytest.mark.parametrize("size", [2, 4])
def test_an_error_in_the_middle_reaches_every_rank(size):
    parted = "RuntimeError: A previous error ended the collective fit; leave skcae.distributed.sharded() and enter it again."
    for rank, (errors, is_fitted) in enumerate(every(size, "broken_in_the_middle")):
        told = f"RuntimeError: The fit ended on all {size} ranks because of an error: on rank 1, OSError: disk gone"
        assert errors == ["OSError: disk gone" if rank == 1 else told, parted]
        assert not is_fitted


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        (
            "different_parameters",
            "the objective is .*alpha=0.0.* on rank 0 and .*alpha=0.5.* on rank 1",
        ),
        ("different_rates", "learning_rate_init is 0.1 on rank 0 and 0.2 on rank 1"),
        ("different_dtypes", "the dtype is torch.float32 on rank 0 and torch.float64 on rank 1"),
        (
            "different_numbers_of_fits",
            r"this is the end of sharded\(\) on rank 0 and a fit on rank 1",
        ),
    ],
)
def test_ranks_that_fit_different_things(name, difference):
    for seen in every(2, name):
        with pytest.raises(
            ValueError,
            match=f"ValueError: All ranks must fit the same, but {difference}. Give every rank",
        ):
            raise ValueError(seen)


@pytest.mark.parametrize("name", MANY_MODELS)
def test_many_models_stay_outside(name):
    """Ranks would choose by their own rows, and worker processes would fit them alone."""
    for seen in every(2, name):
        told = "trains many models in one process; call it outside of skcae.distributed.sharded()."
        assert seen == f"RuntimeError: {MANY_MODELS[name]} {told}"


def test_a_scaler_in_front_sees_its_shard_alone():
    (mean, fitted), (other_mean, other) = every(2, "pipeline")
    assert pickle.dumps(fitted) == pickle.dumps(other)
    for rank, seen in enumerate((mean, other_mean)):
        np.testing.assert_allclose(seen, ranks.shard(rank, 2).mean(axis=0))


def test_the_example_fits_one_autoencoder_and_saves_it_once():
    (coefs, saved), (other, none) = every(2, "example")
    np.testing.assert_array_equal(coefs, other)
    assert (saved, none) == (["cae.pkl"], [])


def test_a_rank_that_dies_is_noticed(tmp_path):
    """Started one by one, as Slurm does, so that no launcher ends the other rank."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    group = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    command = [sys.executable, SCRIPT, tmp_path, "dead"]
    started = [subprocess.Popen(command, env={**group, "RANK": str(rank)}) for rank in range(2)]
    assert [process.wait(timeout=120) for process in started] == [0, 0]
    (seen,) = (pickle.loads(path.read_bytes()) for path in tmp_path.iterdir())
    assert seen["dead"].startswith(
        "RuntimeError: Rank 0 cannot reach the other 1 of its process group: one of them has ended"
    )


def test_without_a_process_group():
    with (
        pytest.raises(
            RuntimeError, match=r"sharded\(\) needs the process group.*init_process_group"
        ),
        sharded(),
    ):
        pass


def test_where_noise_is_drawn_is_no_disagreement_of_the_ranks():
    """It follows from the number of rows on a rank."""
    here = AutoencoderObjective(
        Architecture((4, 2), "logistic"), "squared_error", alpha=1.0, penalty=HigherOrder(1, 0.1)
    )
    assert _of_any_shape(here) == _of_any_shape(replace(here, in_span=True))
    assert _of_any_shape(here) != _of_any_shape(replace(here, alpha=2.0))
