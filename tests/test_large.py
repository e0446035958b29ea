"""Rows beyond memory, and searches beyond one machine: memory maps, dask arrays, dataframes and clusters, Parquet files."""

import runpy
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from estimators import short_fits
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder, DenoisingAutoencoder

pytestmark = short_fits
EXAMPLE = Path(__file__).parent.parent / "docs" / "examples" / "plot_21_larger_than_memory.py"
X = np.random.RandomState(0).uniform(size=(90, 6))

WITHIN_LIMITS = """
import resource, sys
import numpy as np
from skcae import ContractiveAutoencoder, DenoisingAutoencoder

X = np.load(sys.argv[1], mmap_mode="r")
small = [ContractiveAutoencoder(4, max_iter=1, tol=1, random_state=0), DenoisingAutoencoder(4, max_iter=1, early_stopping=True)]
for estimator in small:
    estimator.fit(X[:1000]).transform(X[:1000])  # whatever is loaded late is loaded now
(used,) = (int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, (used + X.nbytes * 3 // 5, -1))
try:
    X.copy()
except MemoryError:
    print("no room for a copy")
for estimator in small:
    print(estimator.fit(X).transform(X).shape, estimator.score_samples(X).shape)
small[0].partial_fit(X)
print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is Linux's")
def test_a_memory_map_is_never_copied_whole(tmp_path):
    """200 MB of rows, with room for 120 MB: what the program allocates is limited, its maps of files are not."""
    rows = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", np.float32, (65_536, 800))
    rows[:2000] = np.random.RandomState(0).uniform(size=(2000, 800))
    rows.flush()
    run = [sys.executable, "-W", "ignore", "-c", WITHIN_LIMITS, str(tmp_path / "X.npy")]
    printed = subprocess.run(run, capture_output=True, text=True, check=False, timeout=200)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.splitlines() == [
        "no room for a copy",
        *["(65536, 4) (65536,)"] * 2,
        "done",
    ]


@pytest.fixture
def cae():
    return ContractiveAutoencoder(3, max_iter=5, random_state=0).fit(X)


def test_codes_of_a_dask_array(cae):
    array = pytest.importorskip("dask.array")
    blocks = array.from_array(X, chunks=(40, 6))
    codes = blocks.map_blocks(
        cae.transform, chunks=(blocks.chunks[0], 3), meta=cae.transform(X[:1])
    )
    assert codes.shape == (90, 3)
    assert [block.shape for block in codes.blocks] == [(40, 3), (40, 3), (10, 3)]
    np.testing.assert_allclose(codes.compute(), cae.transform(X), rtol=1e-12)


def test_codes_of_a_dask_dataframe():
    dataframe = pytest.importorskip("dask.dataframe")
    frame = pd.DataFrame(X, columns=list("abcdef"), index=np.arange(90) + 7)
    cae = (
        ContractiveAutoencoder(3, max_iter=5, random_state=0)
        .fit(frame)
        .set_output(transform="pandas")
    )
    parts = dataframe.from_pandas(frame, npartitions=3)
    codes = parts.map_partitions(cae.transform, meta=cae.transform(frame[:1])).compute()
    pd.testing.assert_frame_equal(codes, cae.transform(frame))


def test_incremental_of_dask_ml():
    wrappers, array = pytest.importorskip("dask_ml.wrappers"), pytest.importorskip("dask.array")
    online = ContractiveAutoencoder(3, learning_rate_init=0.01, random_state=0)
    incremental = wrappers.Incremental(clone(online), shuffle_blocks=False).fit(
        array.from_array(X, chunks=(30, 6))
    )
    for block in np.array_split(X, 3):
        online.partial_fit(block)
    np.testing.assert_array_equal(incremental.estimator_.coefs_[0], online.coefs_[0])
    np.testing.assert_allclose(
        incremental.transform(array.from_array(X, chunks=(30, 6))), online.transform(X), rtol=1e-12
    )


def test_a_search_on_a_cluster_scores_as_in_one_process():
    distributed = pytest.importorskip("distributed")
    y = (X[:, 0] > X[:, 1]).astype(int)
    pipe = make_pipeline(
        MinMaxScaler(), ContractiveAutoencoder(3, max_iter=5, random_state=0), LogisticRegression()
    )
    denoising = DenoisingAutoencoder(3, max_iter=5, random_state=0)
    grids = [{"contractiveautoencoder__alpha": [0, 1]}, {"contractiveautoencoder": [denoising]}]
    search = GridSearchCV(pipe, grids, cv=2)
    alone = clone(search).fit(X, y)
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster), joblib.parallel_config("dask"):
        spread = clone(search).fit(X, y)
    for name in ("mean_test_score", "split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(spread.cv_results_[name], alone.cv_results_[name])
    np.testing.assert_allclose(spread.predict_proba(X), alone.predict_proba(X), rtol=1e-12)


@pytest.mark.filterwarnings("error::UserWarning")
def test_the_example(capsys):
    pytest.importorskip("dask.dataframe")
    pytest.importorskip("pyarrow")
    names = runpy.run_path(str(EXAMPLE))
    assert "memmap of 1797 rows" in capsys.readouterr().out
    assert names["online"].n_samples_seen_ == 20 * 1797
    assert names["frames"].columns[0] == "contractiveautoencoder0"
