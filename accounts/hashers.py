import os
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

# Each hash takes a core and 19 MiB: more at once only make everybody wait, and memory grow.
HASHING = BoundedSemaphore(os.cpu_count() or 1)


class Argon2Hasher(Argon2PasswordHasher):
    """OWASP's minimum for Argon2id: 19 MiB and 19 ms of CPU a sign-in. Django's default takes 100 MiB and 210 ms."""

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with HASHING:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with HASHING:
            return super().verify(password, encoded)
