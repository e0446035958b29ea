"""The same rows in any container, layout and kind of memory, and all that can change of them."""

from tempfile import TemporaryFile

import numpy as np
import pandas as pd
import polars as pl
import torch
from hypothesis import strategies as st
from scipy import sparse

# Kinds of memory


def read_only(array):
    array.flags.writeable = False
    return array


def memory_mapped(array):
    if not array.size:
        return array
    with TemporaryFile() as file:
        file.write(array.tobytes("A"))
        file.flush()
        order = "F" if array.flags.f_contiguous else "C"
        return np.memmap(file, array.dtype, "r", shape=array.shape, order=order)


MEMORY = {"writable": lambda array: array, "read-only": read_only, "mapped": memory_mapped}


# Sparse rows: entries in any order, perhaps in halves, perhaps with zeros among them


def entries(X, seed, halved, zeros):
    rows, columns = np.indices(X.shape).reshape(2, -1) if zeros else X.nonzero()
    order = np.random.RandomState(seed).permutation(len(rows))
    rows, columns = rows[order], columns[order]
    values = X[rows, columns]
    if halved:
        rows, columns, values = np.tile(rows, 2), np.tile(columns, 2), np.tile(values / 2, 2)
    return rows, columns, values


def coo(kind, shape, rows, columns, values):
    return kind((values, (rows, columns)), shape)


def csr(kind, shape, rows, columns, values):
    order = np.argsort(rows, kind="stable")
    ends = np.cumsum(np.bincount(rows, minlength=shape[0]))
    return kind((values[order], columns[order], np.r_[0, ends]), shape)


def csc(kind, shape, rows, columns, values):
    order = np.argsort(columns, kind="stable")
    ends = np.cumsum(np.bincount(columns, minlength=shape[1]))
    return kind((values[order], rows[order], np.r_[0, ends]), shape)


SPARSE = [
    *((csr, kind) for kind in (sparse.csr_array, sparse.csr_matrix)),
    *((csc, kind) for kind in (sparse.csc_array, sparse.csc_matrix)),
    *((coo, kind) for kind in (sparse.coo_array, sparse.coo_matrix)),
]
MAKING = st.tuples(st.integers(0, 99), st.booleans(), st.booleans())
PARTS = ("data", "indices", "indptr", "row", "col")


@st.composite
def sparse_rows(draw, X):
    build, kind = draw(st.sampled_from(SPARSE))
    rows = build(kind, X.shape, *entries(X, *draw(MAKING)))
    memory = MEMORY[draw(st.sampled_from(sorted(MEMORY)))]
    for name in PARTS:
        if hasattr(rows, name):
            setattr(rows, name, memory(getattr(rows, name)))
    return rows


# Dense rows

LAYOUTS = {
    "in rows": np.ascontiguousarray,
    "in columns": np.asfortranarray,
    "reversed": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "every other": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
}


@st.composite
def arrays(draw, X):
    rows = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))](X.copy())
    return MEMORY[draw(st.sampled_from(sorted(MEMORY)))](rows)


def names(X):
    return [f"column {number}" for number in range(X.shape[1])]


OTHERS = {
    "list": np.ndarray.tolist,
    "pandas": lambda X: pd.DataFrame(X.copy(), np.arange(len(X))[::-1], names(X)),
    "pandas, read-only": lambda X: pd.DataFrame(read_only(X.copy()), columns=names(X), copy=False),
    "polars": lambda X: pl.DataFrame(X, schema=names(X)),
    "tensor": lambda X: torch.tensor(X),
    "tensor in columns": lambda X: torch.tensor(X.T.copy()).T,
    "tensor with a gradient": lambda X: torch.tensor(X, requires_grad=True),
}


def dense(X):
    """Strategy: X in any dense container."""
    return arrays(X) | st.sampled_from(sorted(OTHERS)).map(lambda kind: OTHERS[kind](X))


def contained(X):
    """Strategy: X in any container."""
    return dense(X) | sparse_rows(X)


VECTORS = {
    "array": np.copy,
    "read-only": lambda v: read_only(v.copy()),
    "mapped": memory_mapped,
    "reversed": lambda v: v[::-1].copy()[::-1],
    "list": np.ndarray.tolist,
    "pandas": lambda v: pd.Series(v.copy(), np.arange(len(v))[::-1]),
    "tensor": torch.tensor,
}


def vectors(v):
    """Strategy: a target or weights in any container."""
    return st.sampled_from(sorted(VECTORS)).map(lambda kind: VECTORS[kind](v))


# All that can change


def everything(data):
    """All of a container: values, order, dtypes, names, and flags."""
    if isinstance(data, np.ndarray):
        return data.dtype, data.shape, data.strides, data.flags.writeable, data.tobytes()
    if sparse.issparse(data):
        parts = {name: everything(getattr(data, name)) for name in PARTS if hasattr(data, name)}
        return type(data), data.shape, parts
    if isinstance(data, pd.DataFrame | pd.Series):
        axes = [axis.tolist() for axis in data.axes]
        return axes, str(data.dtypes), everything(data.to_numpy())
    if isinstance(data, pl.DataFrame):
        return data.schema, repr(data.rows())
    if isinstance(data, torch.Tensor):
        about = data.dtype, data.stride(), data.requires_grad, data.is_leaf
        return *about, data.grad, repr(data.tolist())
    return repr(data)
