"""Backups: logs up to one moment, what cannot be rebuilt from them, and, apart from both, key registries."""
