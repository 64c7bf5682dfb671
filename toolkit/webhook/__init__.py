"""A TLS server that takes admission reviews and allows them all: the recorder's half of kube-audit-rest."""
