"""A TLS server that takes admission reviews."""
