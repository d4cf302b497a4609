"""Benchmarks: side by side in one interleaved run, never asserted. `python -m tests.bench [CASE…] [--json FILE]`."""
