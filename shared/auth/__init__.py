"""Who somebody is: access tokens of an outside issuer, or of the development instance's own."""
