"""The event log for analysts and operators: tail, export, rebuilt views, parked events. Opens nothing sealed."""
