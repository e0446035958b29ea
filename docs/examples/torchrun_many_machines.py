"""
Fit on many machines
====================

Several processes, each with its own rows, fit one autoencoder together. On one machine,
start two of them with ::

    OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 torchrun_many_machines.py

and on four machines, on each of them, with ::

    torchrun --nnodes 4 --nproc-per-node 1 --rdzv-backend c10d
    --rdzv-endpoint FIRST_MACHINE:29400 torchrun_many_machines.py

The script needs an initialised process group, whatever starts the processes. The tests
run it with torchrun on one machine. Several machines, Slurm and Ray Train have not been
tried; :doc:`../guide/machines` has code for them. This example is not run while the
documentation is built.
"""

# sphinx_gallery_thumbnail_path = '_static/thumbnails/machines.svg'

import pickle
from pathlib import Path

import torch.distributed
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder
from skcae.distributed import sharded

# With device="cuda", use "nccl" and one device per process. The timeout, by
# default half an hour, is how long a process waits for others that are silent.
torch.distributed.init_process_group("gloo")
rank = torch.distributed.get_rank()
size = torch.distributed.get_world_size()

# Each process reads its own rows. Scale by constants that are the same
# everywhere: a scaler would see only the rows of its process.
X = load_digits().data[rank::size] / 16

cae = ContractiveAutoencoder(
    32,
    loss="cross_entropy",
    max_iter=20,
    verbose=1,
    random_state=0,
)
with sharded():
    cae.fit(X)

# Now all processes have the same autoencoder, so one of them saves it.
n_rows = cae.n_samples_seen_ // cae.n_iter_
print(
    f"process {rank} of {size}: {len(X)} rows of {n_rows}, "
    f"loss {cae.loss_curve_[-1]:.4f}"
)
if rank == 0:
    Path("cae.pkl").write_bytes(pickle.dumps(cae))
torch.distributed.destroy_process_group()
