"""Who the reader is. The address is the name; what the reader has paid for lives in billing."""

import re
import zoneinfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.addresses import canonical


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """A saved user; without a password nobody can sign in by password. ValueError without a usable address."""
        if not email:
            raise ValueError("A user needs an e-mail address")
        user = self.model(email=canonical(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


# Controls, and marks that turn the direction of what stands around a name.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def check_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name!r} is not a time zone")


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField(max_length=80, blank=True, help_text="As it should stand beside an editor's picks.")
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[check_time_zone], help_text="IANA name; empty follows the site."
    )
    is_staff = models.BooleanField("may enter the admin", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField("signed up at", default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_account_per_address"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.name = UNSEEN.sub("", self.name).strip()
        try:
            self.email = canonical(self.email)
        except ValueError as error:
            raise ValidationError({"email": f"This address {error}."}) from error

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.email.split("@")[0]

    @property
    def initials(self) -> str:
        """One or two capitals for the account mark, from the name or else the address."""
        for written in (self.name, self.email.partition("@")[0].replace(".", " ")):
            firsts = [next(filter(str.isalnum, word), "") for word in written.split()]
            if letters := [letter for letter in firsts if letter]:
                return "".join(letters[:2]).upper()
        return ""

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone or settings.TIME_ZONE)

    @cached_property
    def has_verified_address(self) -> bool:
        """Whether the address in use is proven; allauth keeps one row per address. ReaderBackend brings it along."""
        return self.emailaddress_set.filter(email__iexact=self.email, verified=True).exists()
