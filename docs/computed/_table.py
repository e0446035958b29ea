"""A table in reStructuredText."""

from collections.abc import Iterable, Sequence


def show(head: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Print a table; numbers are given to three digits."""
    print(".. list-table::\n   :header-rows: 1\n")
    for row in [head, *rows]:
        cells = [f"{cell:#.3g}".rstrip(".") if isinstance(cell, float) else str(cell) for cell in row]
        print("\n".join(f"   {'-' if number else '* -'} {cell}".replace("   -", "     -") for number, cell in enumerate(cells)))
    print()
