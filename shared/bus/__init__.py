"""The bus: topology, relay, consumers, and RPC. Everything that speaks AMQP in the services lives here."""
