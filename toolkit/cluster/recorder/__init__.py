"""What records in a cluster, and how its log is read."""
