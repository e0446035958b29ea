"""Settings of hypothesis: some examples, always the same, or as many others as are asked for.

``HYPOTHESIS_EXAMPLES=2000 pytest tests/test_properties.py`` draws others.
"""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = os.environ.get("HYPOTHESIS_EXAMPLES")


def examples(n):
    """Settings: n examples, always the same, or as many others as the environment says."""
    return settings(
        max_examples=int(EXAMPLES or n),
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
