"""The official account, against a platform of our own."""
