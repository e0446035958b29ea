"""Threads, processes and what becomes of them: no wait without end, and the result that one thread alone gives.

Programs that could hang run in a process of their own, with a limit of time that no
honest run comes near.
"""

import inspect
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from estimators import collapsing, short_fits
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder, DenoisingAutoencoder

pytestmark = [short_fits, collapsing]

X = load_digits().data[:300] / 16
QUICK = {"n_components": 16, "max_iter": 5, "random_state": 0}


def run(program, threads=1, *arguments, **options):
    """What a program prints, in a process of its own with so many OpenMP threads."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", program, *arguments]
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env=environment,
        **options,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_eight_threads_transform_while_another_fits():
    estimator, stop = ContractiveAutoencoder(**QUICK).fit(X), threading.Event()
    expected, refit = estimator.transform(X), ContractiveAutoencoder(**QUICK)
    done = []

    def transforming():
        while not stop.is_set():
            np.testing.assert_array_equal(estimator.transform(X), expected)
            done.append(1)

    with ThreadPoolExecutor(9) as pool:
        running = [pool.submit(transforming) for _ in range(8)]
        try:
            fitted = [pool.submit(refit.fit, X).result(timeout=100) for _ in range(3)]
        finally:
            stop.set()
        for future in running:
            future.result(timeout=100)
    assert len(done) >= 8
    for again in fitted:
        np.testing.assert_array_equal(again.transform(X), expected)


def test_eight_threads_fit_what_each_fits_alone():
    """Of one torch and one cache of equal weights, no thread sees what another does."""
    estimators = [
        Estimator(**{**QUICK, "random_state": seed, "hidden_layer_sizes": hidden})
        for Estimator in (ContractiveAutoencoder, DenoisingAutoencoder)
        for seed in (0, 1)
        for hidden in ((), (9,))
    ]
    expected = [estimator.fit(X).transform(X) for estimator in estimators]
    with ThreadPoolExecutor(8) as pool:
        for codes, alone in zip(
            pool.map(lambda e: e.fit(X).transform(X), estimators), expected, strict=True
        ):
            np.testing.assert_array_equal(codes, alone)


BACKENDS = """
import joblib
from sklearn.datasets import load_digits
from skcae import ContractiveAutoencoder, ContractiveAutoencoderCV, DenoisingAutoencoder

X = load_digits().data[:300] / 16
common = {"max_iter": 4, "random_state": 0}
estimators = [
    ContractiveAutoencoder(128, **common),
    DenoisingAutoencoder(16, hidden_layer_sizes=(96,), **common),
    ContractiveAutoencoderCV(16, alphas=[0, 0.1], cv=2, **common),
]

def codes(estimator):
    return estimator.fit(X).transform(X).tobytes()

expected = [codes(estimator) for estimator in estimators]
for backend in ("loky", "threading", "multiprocessing"):
    with joblib.parallel_config(backend=backend, n_jobs=2):
        print(backend, joblib.Parallel()(joblib.delayed(codes)(estimator) for estimator in estimators) == expected)
"""


def test_every_backend_gives_what_one_process_gives_to_the_last_bit():
    assert run(BACKENDS).split() == ["loky", "True", "threading", "True", "multiprocessing", "True"]


FORK = """
import multiprocessing, os, sys
import numpy as np
from skcae import ContractiveAutoencoder, DenoisingAutoencoder
from skcae.inspection import contraction

X = np.random.RandomState(0).uniform(size=(1200, 500))
estimators = [
    ContractiveAutoencoder(400, max_iter=2, random_state=0),
    ContractiveAutoencoder(20, hidden_layer_sizes=(400,), max_iter=2, random_state=0),
]
expected = [estimator.fit(X).transform(X) for estimator in estimators]

def child(k):
    codes, again = estimators[k].transform(X), estimators[k].fit(X).transform(X)
    contraction(estimators[k], X)
    return codes, again

with multiprocessing.get_context("fork").Pool(2) as pool:
    for (codes, again), alone in zip(pool.map(child, range(2)), expected):
        np.testing.assert_allclose(codes, alone, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(again, alone, rtol=1e-6, atol=1e-9)
import torch
print("threads here", torch.get_num_threads())
"""


@pytest.mark.skipif(os.name != "posix", reason="no other system has a fork")
def test_forked_processes_do_not_wait_for_the_threads_of_their_parent():
    """Layers so large that torch has used its pool of threads, which is not there after a fork."""
    assert run(FORK, 2) == "threads here 2\n"


def fit_large():
    """Codes of layers that torch divides among its threads."""
    rows = np.repeat(X, 8, axis=1)
    return ContractiveAutoencoder(256, max_iter=5, random_state=0).fit(rows).transform(rows)


FIT = f"""
import sys
import numpy as np
import torch
from sklearn.datasets import load_digits
from skcae import ContractiveAutoencoder

X = load_digits().data[:300] / 16
{inspect.getsource(fit_large)}
if sys.argv[2]:
    np.random.seed(7), torch.manual_seed(7)
    ContractiveAutoencoder(7, max_iter=1).fit(X)
np.save(sys.argv[1], fit_large())
print(torch.get_num_threads())
"""


def test_processes_agree_to_the_last_bit_and_numbers_of_threads_to_rounding(tmp_path):
    """Whatever was seeded or fitted before; the page on what is promised states the tolerance."""
    threads, names = (
        torch.get_num_threads(),
        [str(tmp_path / name) for name in ("same.npy", "more.npy")],
    )
    here = fit_large()
    for number, name, before in ((threads, names[0], "before"), (threads + 1, names[1], "")):
        assert run(FIT, number, name, before).split() == [str(number)]
    same, more = map(np.load, names)
    np.testing.assert_array_equal(same, here)
    np.testing.assert_allclose(more, here, rtol=1e-6, atol=1e-9)


KILLED = """
import os, signal
import numpy as np
from sklearn.model_selection import GridSearchCV
from skcae import ContractiveAutoencoder

class Victim(ContractiveAutoencoder):
    def fit(self, X, y=None):
        if self.alpha == 1 and os.getpid() != PARENT:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X)

PARENT = os.getpid()
X = np.random.RandomState(0).uniform(size=(60, 5))
search = GridSearchCV(Victim(3, max_iter=2, random_state=0), {"alpha": [0, 1]}, cv=2, n_jobs=2)
try:
    search.fit(X)
except Exception as error:
    print(type(error).__name__)
print(GridSearchCV(ContractiveAutoencoder(3, max_iter=2), {"alpha": [0, 1]}, cv=2, n_jobs=2).fit(X).n_splits_)
"""


@pytest.mark.slow
def test_a_killed_worker_ends_the_search_with_joblibs_error_and_the_next_search_works():
    assert run(KILLED).split() == ["TerminatedWorkerError", "2"]


LOST = """
import os, signal, sys
from itertools import chain
from pathlib import Path
import joblib
import numpy as np
from distributed import Client, LocalCluster
from sklearn.model_selection import GridSearchCV, KFold
from skcae import ContractiveAutoencoder

class Victim(ContractiveAutoencoder):
    def fit(self, X, y=None):
        if self.alpha == 1 and os.getpid() != PARENT and (FATAL or not MARK.exists()):
            MARK.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X)

PARENT, MARK, FATAL = os.getpid(), Path(sys.argv[1]), sys.argv[2] == "always"

if __name__ == "__main__":
    X = np.random.RandomState(0).uniform(size=(300, 5))
    folds = list(KFold(2).split(X))
    copies = [X, *chain(*folds)] if sys.argv[3] == "everywhere" else None
    search = GridSearchCV(Victim(3, max_iter=2, random_state=0), {"alpha": [0, 1]}, cv=folds, refit=False)
    expected = search.fit(X).cv_results_["mean_test_score"]
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
        with joblib.parallel_config(backend="dask", scatter=copies):
            try:
                print(np.array_equal(search.fit(X).cv_results_["mean_test_score"], expected), MARK.exists())
            except Exception as error:
                print(type(error).__name__, any(text in str(error) for text in ("workers died", "cancelled for reason")))
"""
ENDS = {
    ("once", "everywhere"): {"True True"},
    ("once", "somewhere"): {"True True", "FutureCancelledError True"},
    ("always", "everywhere"): {"KilledWorker True", "FutureCancelledError True"},
}


@pytest.mark.slow
@pytest.mark.parametrize(("dies", "data"), ENDS)
def test_a_lost_worker_of_a_cluster_is_replaced_or_ends_the_search(dies, data, tmp_path):
    """Dask replaces it if its data are elsewhere too; if not, the search ends with dask's error, and never hangs."""
    program = tmp_path / "search.py"
    program.write_text(LOST)
    environment = {
        **os.environ,
        "PYTHONWARNINGS": "ignore",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "30s",
    }
    command = [sys.executable, str(program), str(tmp_path / "mark"), dies, data]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=280, env=environment
    )
    assert ended.stdout.strip() in ENDS[dies, data], (ended.stdout, ended.stderr)


THREADS = """
import numpy as np
import torch
from skcae import ContractiveAutoencoder

X = np.random.default_rng(0).uniform(size=(300, 16))


class Seen(ContractiveAutoencoder):
    def _report(self, epoch):
        threads.add(torch.get_num_threads())


for n_components in (4, 3000):
    threads = set()
    fitted = Seen(n_components, max_iter=1, batch_size=300).fit(X)
    print(threads, torch.get_num_threads())
"""


def test_small_trainings_take_one_thread_and_give_the_others_back():
    """A second thread pays for large layers alone."""
    assert run(THREADS, 2) == "{1} 2\n{2} 2\n"


PASSES = """
from unittest.mock import patch
import numpy as np
import torch
from skcae import ContractiveAutoencoder, _bridge

X = np.random.default_rng(0).uniform(size=(50000, 16))
fitted = ContractiveAutoencoder(16, max_iter=1, n_iter_no_change=None).fit(X)
threads = []
whole = _bridge.map_rows


def seen(*given):
    threads.append(torch.get_num_threads())
    return whole(*given)


with patch.object(_bridge, "map_rows", seen):
    fitted.transform(X[:100])
    fitted.transform(X)
print(threads, torch.get_num_threads())
"""


def test_small_passes_take_one_thread_and_give_the_others_back():
    """To wake a second thread costs more than a few rows."""
    assert run(PASSES, 2) == "[1, 2] 2\n"


def test_threads_come_back_after_an_error():
    """Whatever ends a training."""

    class Failing(ContractiveAutoencoder):
        def _report(self, epoch):
            raise RuntimeError(f"{torch.get_num_threads()} thread")

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(RuntimeError, match="1 thread"):
            Failing(2).fit(X)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
