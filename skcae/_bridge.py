"""The only crossing between numpy and torch: rows, dtypes, devices and seeds."""

import os
from collections.abc import Callable, Iterator
from copy import copy
from math import ceil
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy import sparse
from sklearn.utils import check_random_state, gen_batches
from torch import Tensor

from skcae.core import span
from skcae.core.modes import usual_modes
from skcae.core.streams import Gathered

CPU = torch.device("cpu")
CHUNK_ELEMENTS = 1 << 20
"""Maximum number of elements of the widest array that a chunk of rows needs."""
RESIDENT = 0.5
"""Largest fraction of the free GPU memory for rows; larger X is sent in batches."""
DEVICE_NAMES = "the name of a device as torch writes it, such as 'cpu', 'cuda:1' or 'mps'"
IMPORTED_IN = os.getpid()


def to_tensor(array: Any, device: torch.device) -> Tensor:
    """Rows as a tensor; CSR rows are densified.

    Arrays that torch cannot share (read-only arrays, negative strides) are copied.
    """
    if isinstance(array, Tensor):
        return array.to(device)
    dense = array.toarray() if sparse.issparse(array) else np.asarray(array)
    if not dense.flags.writeable or any(stride < 0 for stride in dense.strides):
        dense = dense.copy()
    return torch.from_numpy(dense).to(device)


def to_sparse_tensor(array: Any) -> Tensor:
    """CSR rows as a tensor of their non-zeros."""
    if not (array.has_canonical_format and array.data.flags.writeable):
        array = array.copy()
        array.sum_duplicates()
    rows = np.repeat(np.arange(array.shape[0]), np.diff(array.indptr))
    index = torch.from_numpy(np.stack([rows, array.indices]))
    values, shape = torch.from_numpy(array.data), array.shape
    return torch.sparse_coo_tensor(
        index, values, shape, device=CPU, is_coalesced=True, check_invariants=False
    )


def density(X: Any) -> float:
    """Share of the stored numbers of CSR rows; 1 for all others."""
    return X.nnz / (X.shape[0] * X.shape[1]) if sparse.issparse(X) else 1.0


def to_numpy(tensor: Tensor) -> np.ndarray:
    """The tensor as an array that shares no memory with it."""
    return tensor.detach().cpu().numpy().copy()


def to_array(data: Any) -> Any:
    """A tensor as an array on the CPU, with shared memory; anything else unchanged."""
    if not isinstance(data, Tensor):
        return data
    data = data.detach().cpu()
    return (
        data.double() if data.dtype is torch.bfloat16 else data
    ).numpy()  # numpy has no bfloat16


def dtypes_like(X: Any, dtypes: list[np.dtype]) -> list[Any]:
    """The dtypes, as those of torch if X is a tensor."""
    return [getattr(torch, dtype.name) for dtype in dtypes] if isinstance(X, Tensor) else dtypes


def dtype_name(X: Any) -> str:
    """The name of the dtype of X, which numpy and torch share."""
    return str(X.dtype).removeprefix("torch.")


def resident(X: Any, device: torch.device) -> Any:
    """X on the GPU if it is an array and fits there; otherwise X itself."""
    if device.type != "cuda" or not isinstance(X, np.ndarray):
        return X
    free, _ = torch.cuda.mem_get_info(device)
    return to_tensor(X, device) if X.nbytes < RESIDENT * free else X


class Rows:
    """Rows of X by index. X itself is never copied or densified as a whole.

    A tensor is indexed on its own device, any other X on the CPU.
    """

    def __init__(
        self,
        X: Any,
        device: torch.device,
        weight: np.ndarray | None = None,
        kept: np.ndarray | None = None,
        extra: dict[str, np.ndarray] | None = None,
    ) -> None:
        self.X = X
        self.sparse = False
        self.device = device
        self.home = X.device if isinstance(X, Tensor) else CPU
        self.kept = self._at_home(np.arange(X.shape[0]) if kept is None else kept)
        self.weight = None if weight is None else self._at_home(weight)
        self.extra = {name: self._at_home(array) for name, array in (extra or {}).items()}
        self.n_rows = len(self.kept)
        self.n_features = X.shape[1]

    def gather(self, index: Tensor) -> Gathered:
        """The rows at an index, with weights and extras, on the device of the fit."""
        rows = self.kept[self._index(index)]
        chosen = self.X[rows]
        x = np.ascontiguousarray(chosen) if isinstance(chosen, np.ndarray) else chosen
        tensor = to_sparse_tensor(x) if self.sparse else to_tensor(x, self.device)
        weight = None if self.weight is None else to_tensor(self.weight[rows], self.device)
        extra = {name: to_tensor(array[rows], self.device) for name, array in self.extra.items()}
        return Gathered(tensor, weight, extra)

    @property
    def density(self) -> float:
        """The share of numbers that are stored, for sparse rows on the CPU."""
        return density(self.X) if self.device == CPU else 1.0

    @property
    def dense_here(self) -> bool:
        """Whether they are dense, and are trained on on the CPU."""
        return self.device == CPU and not sparse.issparse(self.X)

    def along_axes(self) -> "Along":
        """The rows in the coordinates that they span, and the axes of these."""
        if self.weight is None:
            x, weight = to_tensor(self.X, self.device), None
        else:
            x, weight, _ = self.gather(torch.arange(self.n_rows, device=self.home))
        axes, rows = span.spanning_axes(x, x.new_ones(len(x)) if weight is None else weight)
        kept = None if weight is None else to_numpy(weight)
        return Along(Rows(to_numpy(rows), self.device, kept), axes)

    def split(self, n_first: int, generator: torch.Generator) -> tuple["Rows", "Rows"]:
        """Two disjoint sets of the rows, drawn at random; the first has ``n_first``."""
        order = torch.randperm(self.n_rows, generator=generator, device=generator.device)
        return self._some(order[:n_first]), self._some(order[n_first:])

    def _some(self, index: Tensor) -> "Rows":
        part = copy(self)
        part.kept = self.kept[self._index(index)]
        part.n_rows = len(part.kept)
        return part

    def _index(self, index: Tensor) -> Any:
        return index.to(self.home) if isinstance(self.X, Tensor) else index.numpy()

    def _at_home(self, array: np.ndarray) -> Any:
        return to_tensor(array, self.home) if isinstance(self.X, Tensor) else array


class Along(NamedTuple):
    """Rows in the coordinates that they span, and the axes of these."""

    rows: Rows
    axes: Tensor


def rows_to_train(X: Any, weight: np.ndarray | None, device: torch.device) -> Rows:
    """All rows of X except those without weight."""
    kept = None if weight is None else weight.nonzero()[0]
    return Rows(resident(X, device), device, weight, kept)


def chunks(n_rows: int, width: int) -> Iterator[slice]:
    """Slices of rows, short enough that arrays of this width stay bounded."""
    return gen_batches(n_rows, max(1, CHUNK_ELEMENTS // width))


def map_rows(
    function: Callable[[Tensor], Tensor],
    X: Any,
    width: int,
    widest: int,
    dtype: np.dtype,
    device: torch.device,
    sparse: bool = False,
) -> Any:
    """``function`` of all rows of X, (n_rows, width), in chunks of bounded size.

    The result is a tensor on the device of X if X is one, else an array. ``sparse`` CSR
    rows reach the function as sparse tensors.
    """
    shape, given = (X.shape[0], width), isinstance(X, Tensor)
    out: Any = (
        torch.empty(shape, dtype=getattr(torch, dtype.name), device=X.device)
        if given
        else np.empty(shape, dtype=dtype)
    )
    with usual_modes(), torch.inference_mode():
        stored = ceil(density(X) * X.shape[1]) if sparse else X.shape[1]
        for part in chunks(X.shape[0], max(widest, stored)):
            shared = out[part] if given else torch.from_numpy(out[part])
            rows = X[part]
            shared.copy_(function(to_sparse_tensor(rows) if sparse else to_tensor(rows, device)))
    return out


def resolve_device(device: str | torch.device | None, X: Any = None) -> torch.device:
    """The device that the parameter ``device`` stands for.

    None is the device of X, which is the CPU for arrays. "auto" is CUDA if available.
    In a forked process torch is set to one thread: its thread pool does not survive a
    fork, and waiting for it would never end.
    """
    if os.getpid() != IMPORTED_IN:
        torch.set_num_threads(1)
    if device is None:
        return X.device if isinstance(X, Tensor) else CPU
    if device == "auto":
        return torch.device("cuda") if torch.cuda.is_available() else CPU
    if isinstance(device, str) and not is_device_name(device):
        raise ValueError(
            f"device={device!r} must be None, 'auto', a torch.device or {DEVICE_NAMES}; "
            "set_params(device='auto') uses an available one."
        )
    named = torch.device(device)
    if not _is_there(named):
        raise ValueError(
            f"device={str(named)!r} is not available: torch finds no such device here. "
            "set_params(device='auto') uses an available one."
        )
    if named.type == "mps" and X is not None and dtype_name(X) == "float64":
        raise ValueError(
            f"device={str(named)!r} has no float64, and X is float64; pass X as float32, or "
            "set_params(device='cpu')."
        )
    return CPU if named.type == "cpu" else named


def is_device_name(name: str) -> bool:
    """Whether torch knows a device of this name, available or not."""
    try:
        torch.device(name)
    except RuntimeError:
        return False
    return True


def _is_there(device: torch.device) -> bool:
    """Whether the device can compute; the meta device holds no numbers."""
    if device.type in ("cpu", "meta"):
        return device.type == "cpu"
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError):
        return False
    return True


def is_finite(array: Any) -> bool:
    """Whether all elements of an array or tensor are finite."""
    return bool((array.isfinite() if isinstance(array, Tensor) else np.isfinite(array)).all())


def new_generator(random_state: Any) -> torch.Generator:
    """A new generator, seeded from ``random_state``; no global seed is read or set."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return torch.Generator(CPU).manual_seed(int(seed))


def resume_generator(state: np.ndarray) -> torch.Generator:
    """A generator in the state that a fit has stored."""
    generator = torch.Generator(CPU)
    generator.set_state(torch.from_numpy(state.copy()))
    return generator
