"""What the command prints on digits, as it prints it."""

import io
from contextlib import redirect_stderr, redirect_stdout

from skcae.__main__ import main

printed = io.StringIO()
with redirect_stdout(printed), redirect_stderr(io.StringIO()):
    assert main([]) == 0
print(".. code-block:: text\n")
print("\n".join("   " + line for line in printed.getvalue().splitlines()))
