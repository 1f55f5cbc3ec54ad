from __future__ import annotations

import pytest


@pytest.fixture
def reader(client, trial_reader):
    """On trial and signed in with `client`."""
    client.force_login(trial_reader)
    return trial_reader
