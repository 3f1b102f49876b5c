"""The few ideas everything else is built from. Imports the standard library only."""
