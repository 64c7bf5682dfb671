"""The Falco release whose meaning this engine follows; every recording under tests/conformance comes from it."""

FALCO_VERSION = "0.44.1"
FALCO_ENGINE_VERSION = "0.62.0"
