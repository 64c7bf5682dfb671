"""Clusters to play scenarios on; what is started here is ended here."""
