"""The wall and the pages that it leads to say the same of a membership."""

from __future__ import annotations

from datetime import UTC

import pytest

from articles.pages.wall import wall_for
from billing.entitlement import Access, Standing, access_of
from billing.facts import Facts, make_offer
from tests.billing.test_entitlement import SIGN_UP, SUBSCRIPTIONS


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
def test_the_wall_leads_to_the_plans_only_where_they_offer_one(name):
    facts, timeline = SUBSCRIPTIONS[name]
    standing = Standing(signed_up_at=SIGN_UP, is_verified=True, **facts)
    for now, _ in timeline:
        access = access_of(standing, now)
        if access in {Access.LAPSED, Access.PAST_DUE}:
            page = Facts(standing, make_offer(1000, 9600, "GBP", 14), now, UTC)
            assert wall_for(access, standing, now).route == ("account" if page.has_plan else "plans"), now
