"""Real exports beside the checkout. They are not part of the project: without them these tests are skipped."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"

needs_shared_data = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the shared exports are not beside this checkout"),
]
