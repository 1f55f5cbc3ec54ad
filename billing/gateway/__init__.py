"""Everything that talks to Stripe, and the only code that imports stripe.

checkout, changes, portal   what a reader does: under the customer's lease, then sync
inbox                       what Stripe tells us: verified, stored once, answered at once; a task follows it up
sync                        asks Stripe for the customer's subscriptions and invoices and writes one membership row:
                            the only writer of paid facts. A payload is a hint whom to ask about, never a fact
wind_up                     ends a subscription and gives its payments back: duplicates, refunds, erasure
reconcile                   compares everything with Stripe, both ways, and syncs what differs
payments                    which invoice a payment was for, and what went back of it
snapshot                    pure: Stripe's objects -> the facts that we keep
lease                       one process at a time per customer, without a transaction that waits for the network
"""
