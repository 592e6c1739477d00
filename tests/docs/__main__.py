"""`python -m tests.docs` writes the generated documentation."""

import sys

from tests.docs.generated import GENERATED, ROOT

for name, page in GENERATED.items():
    (ROOT / name).write_text(page())
    sys.stdout.write(f"wrote {name}\n")
