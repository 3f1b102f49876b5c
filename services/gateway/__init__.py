"""The only door from outside: HTTP in, RPC to the services, answers and live events out. It holds no business rule."""
