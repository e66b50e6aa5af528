"""Settings that all tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: what is slow is measured in benchmarks/, not by a deadline per example.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")
