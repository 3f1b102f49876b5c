"""What would have become of these arrivals under another policy: the service's rules and planner, played day by day."""
