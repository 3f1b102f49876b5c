"""`make demo`: the whole flow of a mentorship program, played through the HTTP API as members would."""
