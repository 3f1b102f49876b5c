"""Sealing: free text and personal fields are readable only with a key that can be destroyed."""
