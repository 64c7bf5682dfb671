"""What Falco accepts and a rule author would still want to know."""
