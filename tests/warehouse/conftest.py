from collections.abc import Iterator

import pytest

from tests.warehouse.database import a_database


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with a_database() as found:
        yield found
