"""Read models: what services change in them, how batches are applied exactly once, how they are read and rebuilt."""
