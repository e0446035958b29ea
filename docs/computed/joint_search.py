"""The table of the joint search, from what its script wrote."""

from _table import measured

found = measured("joint_search")
print('.. csv-table::\n   :header: "what", "against", "seconds", "of the other", "times faster"\n')
for row in found.itertuples():
    print(
        f'   "{row.what}", "{row.against}", {row.seconds:.2f}, {row.of_other:.2f}, {row.ratio:.2f}'
    )
print(f"\nMeasured on {found['date'][0]}; {found['machine'][0]}.")
