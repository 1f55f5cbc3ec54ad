from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef

from accounts.models import User


class ReaderBackend(AuthenticationBackend):
    """Signs readers in by address; loads them with what the wall and the banner ask about, in the one query."""

    def get_user(self, user_id: int) -> User | None:
        proven = EmailAddress.objects.filter(user_id=OuterRef("pk"), verified=True, email__iexact=OuterRef("email"))
        readers = User.objects.select_related("membership").annotate(has_verified_address=Exists(proven))
        user = readers.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
