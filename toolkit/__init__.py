"""The test bench for Falco rules over Kubernetes admission events."""

__version__ = "0.1.0"
