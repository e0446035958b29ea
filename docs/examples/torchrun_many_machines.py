"""
Fit on many machines
====================

One autoencoder, fitted by several processes that each read their own rows. On one
machine, start two of them with ::

    OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 torchrun_many_machines.py

and on four machines, on each of them, with ::

    torchrun --nnodes 4 --nproc-per-node 1 --rdzv-backend c10d --rdzv-endpoint
    FIRST_MACHINE:29400 torchrun_many_machines.py

Slurm's ``srun torchrun ...`` and a Ray Train ``TorchTrainer`` work alike: whoever
starts the processes, the script needs an initialised process group and nothing else.
This page is not run while the documentation is built.
"""

import pickle
from pathlib import Path

import torch.distributed
from sklearn.datasets import load_digits

from skcae import ContractiveAutoencoder
from skcae.distributed import sharded

# The timeout, of half an hour unless given, is how long a process waits for others that
# give no sign of life.
torch.distributed.init_process_group("gloo")  # "nccl" with device="cuda", one device per process
rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()

# Each process reads its own rows. Scale by constants that all of them know: a scaler
# would see these rows only.
X = load_digits().data[rank::size] / 16

cae = ContractiveAutoencoder(
    32, loss="cross_entropy", max_iter=20, tol=0.01, verbose=1, random_state=0
)
with sharded():
    cae.fit(X)

# Now all processes have the same autoencoder, so one of them saves it.
print(
    f"process {rank} of {size}: {len(X)} rows of {cae.n_samples_seen_ // cae.n_iter_}, loss {cae.loss_curve_[-1]:.4f}"
)
if rank == 0:
    Path("cae.pkl").write_bytes(pickle.dumps(cae))
torch.distributed.destroy_process_group()
