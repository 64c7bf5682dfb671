"""The provider `kind`: clusters in containers."""
