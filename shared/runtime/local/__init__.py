"""A whole installation on one machine: private broker and store, the services, and what starts and stops them."""
