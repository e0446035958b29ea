"""What two processes gain over one, by the size of the batches."""

import runpy
import sys
from pathlib import Path

from _table import measured

for _, part in measured("distributed").groupby("codes"):
    assert part.sort_values("batch_size")["efficiency"].is_monotonic_increasing
sys.argv[1:] = ["distributed"]
runpy.run_path(str(Path(__file__).with_name("measured.py")))
