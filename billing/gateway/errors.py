"""What can go wrong between us and Stripe, as readers are told it."""


class StripeAway(Exception):
    """Stripe cannot be reached, is too slow or refuses. Nothing is known to have changed; try again later."""


class NotPossible(Exception):
    """What was asked for cannot be done; `sentence` tells the reader why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class AlreadyMember(NotPossible):
    """A living subscription stands in the way of another one."""


class Missing(Exception):
    """Stripe does not know the object."""
