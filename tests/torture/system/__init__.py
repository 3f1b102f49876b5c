"""The whole system under load while its parts are killed, hung and cut off: tiers T2 and T3."""
