"""The condition language: words, tree, meaning."""
