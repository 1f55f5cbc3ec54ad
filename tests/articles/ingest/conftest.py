from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.publishers import Canary


@pytest.fixture
def canary() -> Iterator[Canary]:
    """Fails the test when somebody came."""
    listener = Canary()
    yield listener
    listener.close()
    assert listener.visits == 0
