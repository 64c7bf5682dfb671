"""Logs and results behind URLs: the only door to fsspec."""
