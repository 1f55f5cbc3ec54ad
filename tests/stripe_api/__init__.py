"""A stand-in for Stripe: stateful, on a clock that tests move, strict about every request, reply and event."""

from tests.stripe_api.stand_in import StandIn

__all__ = ["StandIn"]
