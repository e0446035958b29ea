"""What the code of the README prints."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

readme = Path(__file__).parents[2] / "README.md"
(code,) = re.findall(r"```python\n(.*?)```", readme.read_text("utf-8"), flags=re.DOTALL)
printed = io.StringIO()
with redirect_stdout(printed):
    exec(compile(code, str(readme), "exec"), {})
print(".. code-block:: text\n\n   " + printed.getvalue().strip())
