"""The help of the command, as it prints it."""

import os
import sys
from contextlib import suppress

from skcae.__main__ import parse

os.environ["COLUMNS"] = "90"
print(".. code-block:: text\n")
stdout, lines = sys.stdout, []
sys.stdout = type(
    "Kept", (), {"write": lambda self, text: lines.append(text), "flush": lambda self: None}
)()
try:
    with suppress(SystemExit):
        parse(["--help"])
finally:
    sys.stdout = stdout
print("\n".join("   " + line for line in "".join(lines).splitlines()))
