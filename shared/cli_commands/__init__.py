"""The sub-commands of `mentorship`. A module registers its own: `register(subparsers)` sets `run` on each parser."""
