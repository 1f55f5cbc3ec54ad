"""What Stripe's requests and replies look like, and whether one does.

forms       a[b][0][c]=1  ->  nested values, all text
typed       text -> numbers and booleans, by the SDK's TypedDicts; and what does not fit them
document    Stripe's own OpenAPI document, read from an installed package and cut down
closing     its schemas, every object closed and `nullable` written out
validate    a value against such a schema
gate        all of them in order, for one request, one reply, one event
"""
