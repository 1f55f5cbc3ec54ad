from __future__ import annotations

import pytest

from tests.billing.paying import paying  # noqa: F401  fixture
from tests.letters import post  # noqa: F401  fixture


@pytest.fixture(autouse=True)
def letters_leave_at_once(post) -> None:  # noqa: F811
    pass


@pytest.fixture
def no_mail(settings) -> None:
    """A site without EMAIL_URL, as newssite/settings.py sets it up."""
    settings.MAIL_IS_CONFIGURED = False
    settings.ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = False
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = False
