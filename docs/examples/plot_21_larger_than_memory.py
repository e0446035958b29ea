"""
Rows that do not fit into memory
================================

Two ways to fit to more rows than memory holds, and two to encode them. The files here
are small, so that the page builds fast. No line would change if they were a thousand
times as large.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import dask.array
import dask.dataframe
import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skcae import ContractiveAutoencoder

folder = TemporaryDirectory()
digits = pd.DataFrame(load_digits().data, columns=[f"pixel{number:02}" for number in range(64)])
np.save(Path(folder.name, "digits.npy"), (digits / 16).astype(np.float32))
digits.to_parquet(Path(folder.name, "digits.parquet"), row_group_size=300)

# %% **Fit on a memory-mapped array.** ``fit`` reads one block of rows at a time, in a
# new order each epoch, and never copies X whole. Put X on a fast disk. A scaler in
# front would copy it, since it returns a new array: save scaled rows, or scale by
# chunks, as below.

X = np.load(Path(folder.name, "digits.npy"), mmap_mode="r")
cae = ContractiveAutoencoder(32, loss="cross_entropy", max_iter=20, tol=0.01, random_state=0).fit(X)
print(
    f"{type(X).__name__} of {len(X)} rows, {cae.n_iter_} epochs, reconstruction loss {cae.reconstruction_err_:.2f}"
)

# %% **Fit to the row groups of a Parquet file.** ``partial_fit`` makes one pass over
# the rows it is given; the scaler is fitted the same way before. The learning rate of
# ``partial_fit`` is constant, so it is chosen lower than that of ``fit``.

groups = parquet.ParquetFile(Path(folder.name, "digits.parquet"))


def chunks():
    """One row group after the other, as pandas frames."""
    for number in range(groups.num_row_groups):
        yield groups.read_row_group(number).to_pandas()


scaler = MinMaxScaler(clip=True).set_output(transform="pandas")
for chunk in chunks():
    scaler.partial_fit(chunk)

online = ContractiveAutoencoder(32, loss="cross_entropy", learning_rate_init=0.01, random_state=0)
for _ in range(20):
    for chunk in chunks():
        online.partial_fit(scaler.transform(chunk))
print(
    f"{groups.num_row_groups} row groups, {online.n_samples_seen_} rows seen, loss {online.reconstruction_err_:.2f}"
)

# %% **Encode block by block.** ``transform`` is a function of each row, so dask may
# call it on every block by itself, in parallel, on one machine or many. Nothing is
# computed before it is asked for; ``to_npy_stack`` writes the codes as they are made.

blocks = dask.array.from_array(X, chunks=(300, 64))
codes = blocks.map_blocks(cae.transform, chunks=(blocks.chunks[0], 32), meta=cae.transform(X[:1]))
dask.array.to_npy_stack(Path(folder.name, "codes"), codes)
print(f"{codes.npartitions} blocks of codes, {codes.shape} in all")
# %% Partitions of a dask dataframe become dataframes of codes; ``to_parquet`` would
# write them:

encoder = make_pipeline(scaler, online).set_output(transform="pandas")
frames = dask.dataframe.read_parquet(Path(folder.name, "digits.parquet")).map_partitions(
    encoder.transform, meta=encoder.transform(digits[:1])
)
print(frames.head(3).iloc[:, :4])

# %% dask-ml's ``Incremental(cae, shuffle_blocks=False)`` calls ``partial_fit`` block by
# block.
folder.cleanup()
