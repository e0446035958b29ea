"""What warm starts along a path reach, in sentences."""

from _table import measured

found = measured("warm_path")
for what, part in found.groupby("what", sort=False):
    part = part.iloc[1:]  # the first alpha of a path has nothing to start from
    excess = 100 * (part["warm, half"] / part["cold"] - 1)
    constant = 100 * (part["warm, half, constant rate"] / part["cold"] - 1)
    ahead = (part["warm, half"] < part["cold, half"]).sum()
    print(
        f"{what}: warm starts with half the epochs end between {excess.min():+.1f} and "
        f"{excess.max():+.1f} percent from cold starts with all epochs. At {ahead} of {len(part)} "
        f"alphas they end below cold starts with half the epochs. At a constant rate, they end "
        f"{constant.min():.0f} to {constant.max():.0f} percent above cold starts with all epochs.\n"
    )
assert (found["warm, half"] > found["cold"]).any()
