"""Django's PostgreSQL backend, but for one thing: where no server answers, it says so at once (base.py)."""
