"""What operators see of a process: counts, traces, and which request a log line belongs to. Never a person."""
