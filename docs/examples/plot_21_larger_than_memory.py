"""
Rows that do not fit into memory
================================

There are two ways to fit to more rows than memory holds, and two ways to encode them.
The files here are small, so that the page builds fast. With files a thousand times
as large, no line would change.
"""

# sphinx_gallery_thumbnail_path = '_static/thumbnails/rows.svg'

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

temporary = TemporaryDirectory()
folder = Path(temporary.name)
names = [f"pixel{number:02}" for number in range(64)]
digits = pd.DataFrame(load_digits().data, columns=names)
np.save(folder / "digits.npy", (digits / 16).astype(np.float32))
digits.to_parquet(folder / "digits.parquet", row_group_size=300)

# %%
# **Fit on a memory-mapped array.** ``fit`` reads one block of rows at a time,
# in a new order each epoch, and never copies the whole of X. Use a fast disk.
# A scaler in front would copy X, because it returns a new array. Save scaled
# rows instead, or scale in chunks as below.

X = np.load(folder / "digits.npy", mmap_mode="r")
cae = ContractiveAutoencoder(
    32, loss="cross_entropy", max_iter=20, random_state=0
)
cae.fit(X)
print(f"{type(X).__name__} of {len(X)} rows")
print(f"reconstruction loss {cae.reconstruction_err_:.2f}")

# %%
# **Fit to the row groups of a Parquet file.** ``partial_fit`` makes one pass
# over the rows it is given. The scaler is fitted before, in the same way. The
# learning rate of ``partial_fit`` is constant, so it is lower than in ``fit``.

groups = parquet.ParquetFile(folder / "digits.parquet")


def chunks():
    """One row group after the other, as pandas frames."""
    for number in range(groups.num_row_groups):
        yield groups.read_row_group(number).to_pandas()


scaler = MinMaxScaler(clip=True).set_output(transform="pandas")
for chunk in chunks():
    scaler.partial_fit(chunk)

online = ContractiveAutoencoder(
    32, loss="cross_entropy", learning_rate_init=0.01, random_state=0
)
for _ in range(20):
    for chunk in chunks():
        online.partial_fit(scaler.transform(chunk))
print(f"{online.n_samples_seen_} rows seen")
print(f"reconstruction loss {online.reconstruction_err_:.2f}")

# %%
# **Encode block by block.** ``transform`` is a function of each row, so dask
# can apply it to every block separately, in parallel, on one machine or many.
# dask computes nothing until the result is requested. ``to_npy_stack`` writes
# the codes as they are computed.

blocks = dask.array.from_array(X, chunks=(300, 64))
codes = blocks.map_blocks(
    cae.transform, chunks=(blocks.chunks[0], 32), meta=cae.transform(X[:1])
)
dask.array.to_npy_stack(folder / "codes", codes)
print(f"{codes.npartitions} blocks of codes, {codes.shape} in all")

# %%
# Partitions of a dask dataframe become dataframes of codes:

encoder = make_pipeline(scaler, online).set_output(transform="pandas")
frames = dask.dataframe.read_parquet(folder / "digits.parquet")
frames = frames.map_partitions(
    encoder.transform, meta=encoder.transform(digits[:1])
)
print(frames.head(3).iloc[:, :4])

# %%
# ``Incremental(cae, shuffle_blocks=False)`` of dask-ml calls ``partial_fit``
# block by block.

temporary.cleanup()
