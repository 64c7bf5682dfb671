"""Shards spread over the workers of a cluster, with the results in a folder: the only door to dask."""
