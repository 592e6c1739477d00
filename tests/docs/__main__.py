"""`python -m tests.docs` writes the generated documentation."""

from tests.docs.generated import GENERATED, ROOT

for name, page in GENERATED.items():
    (ROOT / name).write_text(page())
    print(f"wrote {name}")
