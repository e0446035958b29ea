"""The table of the joint search, from what its script wrote."""

from pathlib import Path

import pandas as pd

found = pd.read_csv(Path(__file__).parent.parent / "benchmarks" / "joint_search.csv")
print('.. csv-table::\n   :header: "what", "against", "seconds", "of the other", "times faster"\n')
for row in found.itertuples():
    print(f'   "{row.what}", "{row.against}", {row.seconds:.2f}, {row.of_other:.2f}, {row.ratio:.2f}')
print(f"\nMeasured on {found['date'][0]}; {found['machine'][0]}.")
