from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from tests.articles.ingest.conftest import canary  # noqa: F401  a fixture
from tests.make import make_user


@pytest.fixture
def cataloguer(db):
    user = make_user("catalogue@site.example", is_staff=True, name="Otto Lind")
    user.groups.add(Group.objects.get(name="Catalogue"))
    return user


@pytest.fixture
def at_desk(client, cataloguer):
    client.force_login(cataloguer)
    return client
