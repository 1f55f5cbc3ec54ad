"""Composition only: settings, addresses and the processes. It knows no domain."""
