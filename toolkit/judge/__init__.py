"""Alerts and expectations become verdicts."""
