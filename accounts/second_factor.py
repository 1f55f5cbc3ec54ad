"""The second step of signing in: a code of an app, or a passkey. Whoever works here needs it; readers may have it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from accounts.browsers import browser_name
from accounts.models import User
from accounts.recent import is_recent

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

GOOD_FOR_SECONDS = 12 * 60 * 60  # a working day
APP, PASSKEY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN
SECRETS = {APP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}  # where each lies in a row's data


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's, with our words, and with secrets that a copy of the database alone does not give away."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": "Take the second step off first; set it up again once the new address is confirmed.",
        "cannot_generate_recovery_codes": "Set an authenticator app up first.",
        "incorrect_code": "This is not the code of this half minute. Type the one that your app shows now.",
        "unverified_email": "Confirm your address first: the link is in the mail that we sent.",
    }

    def is_mfa_enabled(self, user: User, types: Collection[str] | None = None) -> bool:
        """Beside a password a passkey is asked for where somebody works here, and is one more way in for readers.

        A reader may be somewhere without the device; who learned the password of an editor must not get on with it.
        """
        asked = {APP, PASSKEY} if types is None else set(types)
        if len(asked) > 1 and not user.is_anonymous and not user.is_staff:
            asked.discard(PASSKEY)
        return super().is_mfa_enabled(user, types=asked)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Where it was made, which is how its owner will know it among others."""
        return browser_name(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site that settings name, whatever host the request did (A22)."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": settings.SITE_NAME}

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A secret that no key of ours opens any more becomes one that nobody knows: its codes are never right."""
        from cryptography.fernet import InvalidToken

        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()


def renew_secrets() -> int:
    """Write every secret anew under the first key, while former ones are kept; how many. Safe to run twice.

    They are written once, so a key that left SECRET_KEY_FALLBACKS before would lock their owners out.
    """
    if not settings.SECRET_KEY_FALLBACKS:
        return 0
    return sum(map(_renew, Authenticator.objects.filter(type__in=SECRETS).values_list("pk", flat=True)))


@transaction.atomic
def _renew(pk: int) -> int:
    """1 where it was done. Locked, so that a recovery code that is used meanwhile stays used."""
    from cryptography.fernet import InvalidToken

    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return 0
    name = SECRETS[row.type]
    try:
        row.data[name] = _cipher().rotate(row.data[name].encode()).decode()
    except InvalidToken:
        return 0
    row.save(update_fields=["data"])
    return 1


def _cipher() -> MultiFernet:
    """The first key writes, every one reads: SECRET_KEY can be changed as for sessions."""
    # Late, as what draws the code below: few pages are about a second step, and this is read with allauth's settings.
    from cryptography.fernet import Fernet, MultiFernet

    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(f"accounts.second_factor:{key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def qr_code(text: str) -> SafeString:
    """An SVG element of the page itself: the content-security-policy lets no image in by a data: address."""
    import qrcode
    from qrcode.image.svg import SvgPathFillImage

    picture = qrcode.QRCode(image_factory=SvgPathFillImage, border=4)
    picture.add_data(text)
    path = picture.make_image().to_string(encoding="unicode")
    return mark_safe(path.replace("<svg ", '<svg class="qr" role="img" aria-label="QR code" ', 1))


def kinds_of(user: User) -> set[str]:
    """What the account has beside a password: an app, passkeys, recovery codes, by Authenticator.Type."""
    return set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))


def may_enter(request: HttpRequest) -> bool:
    """Whether what is for staff only is open to this session, as far as the second step goes."""
    return not settings.STAFF_SECOND_FACTOR or is_proven(request)


def may_do_grave_things(request: HttpRequest) -> bool:
    """Whether somebody proved within the last minutes that this session is theirs."""
    return not settings.STAFF_SECOND_FACTOR or is_recent(request)


def is_proven(request: HttpRequest) -> bool:
    """Whether this session gave a code or a passkey today that the account still has."""
    after = time.time() - GOOD_FOR_SECONDS
    records = get_authentication_records(request, request.user)
    used = {record["id"] for record in records if record["method"] == "mfa" and record["at"] > after}
    return bool(used) and Authenticator.objects.filter(user_id=request.user.pk, pk__in=used).exists()


def path_to_proof(user: User, next_path: str) -> str:
    """Where to give a code or a passkey, or to set the second step up where there is none yet."""
    kinds = kinds_of(user)
    proofs = {APP: "mfa_reauthenticate", PASSKEY: "mfa_reauthenticate_webauthn"}
    route = next((route for kind, route in proofs.items() if kind in kinds), "mfa_activate_totp")
    return f"{reverse(route)}?{urlencode({'next': next_path}, safe='/')}"
