"""One command's way and one query's way through a service. Knows no transport and no store."""
