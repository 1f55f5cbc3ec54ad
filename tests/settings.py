"""The real settings with test values: everything else is as in production."""

import os
import re
import tempfile

os.environ.setdefault("SECRET_KEY", "a key for tests only, long enough to satisfy every check of Django")
# Of several test processes each has a folder and a Redis database of its own: they empty their caches.
worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
TEST_FOLDER = ""  # made here, and taken away when the process ends (tests/conftest.py)
if worker or "VAR_DIR" not in os.environ:
    TEST_FOLDER = os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="newssite-tests-")
if worker and os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = re.sub(r"/\d*$", f"/{10 + int(worker)}", os.environ["REDIS_URL"])
os.environ.setdefault("DEBUG", "false")
os.environ.setdefault("HTTPS_ONLY", "false")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("EMAIL_URL", "memory:")
# Most tests are about what staff do once they are in; tests/accounts/test_second_factor.py is about the door.
os.environ.setdefault("STAFF_SECOND_FACTOR", "false")

from newssite.settings import *  # noqa: E402, F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "pictures": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# What one test has made is not the next one's.
MOMENT_SECONDS = 0.0
# Nobody measures us here (tests/accounts/test_beat.py).
ANSWER_BEAT_SECONDS = 0.0
# Hashing for real costs 20 ms a user; nothing is tested by it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
