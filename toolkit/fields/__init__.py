"""One catalog of fields, and the extractors that read them from a review."""
