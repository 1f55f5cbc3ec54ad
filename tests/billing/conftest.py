from __future__ import annotations

from tests.billing.paying import paying  # noqa: F401  fixture
