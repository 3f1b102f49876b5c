"""The parts of a gateway process, put together; every endpoint is given this."""

from __future__ import annotations

from dataclasses import dataclass

from services.gateway import keyring as keys
from services.gateway.auth import Authenticator, Verifies
from services.gateway.config import Config
from services.gateway.contacts import Contacts
from services.gateway.cursors import Cursors
from services.gateway.erasures import Erasures
from services.gateway.idempotency import Idempotency
from services.gateway.keyring import Keyring
from services.gateway.limits import Rate, Rates
from services.gateway.links import Links
from services.gateway.live import Hub
from services.gateway.metrics import Metrics
from services.gateway.positions import Positions
from services.gateway.rights import Rights
from services.gateway.rpc import Services
from services.gateway.sessions import Sessions
from services.gateway.standing import Standing


@dataclass(frozen=True, slots=True)
class Gateway:
    """Shared by all requests of a process."""

    config: Config
    services: Services
    people: Authenticator
    sessions: Sessions
    standing: Standing
    contacts: Contacts
    hub: Hub
    cursors: Cursors
    idempotency: Idempotency
    per_person: Rate
    per_route: Rates
    per_address: Rate
    metrics: Metrics
    rights: Rights
    erasures: Erasures
    links: Links
    positions: Positions

    @classmethod
    def assemble(
        cls,
        config: Config,
        services: Services,
        verifier: Verifies,
        keyring: Keyring,
        hub: Hub,
        rights: Rights,
        sessions: Sessions,
    ) -> Gateway:
        """`keyring` is the process's own; every purpose gets keys derived from it."""
        return cls(
            config=config,
            services=services,
            people=Authenticator(verifier),
            sessions=sessions,
            standing=Standing(services, sessions, hub.drop_people),
            contacts=Contacts(services),
            hub=hub,
            cursors=Cursors(keys.of(keyring, "cursors")),
            idempotency=Idempotency(keys.of(keyring, "idempotency")),
            per_person=Rate(config.rate_per_person),
            per_route=Rates(config.rate_per_person > 0),
            per_address=Rate(config.rate_per_address),
            metrics=Metrics(),
            rights=rights,
            erasures=Erasures(services, rights),
            links=Links(keys.of(keyring, "links")),
            positions=Positions(keys.of(keyring, "positions")),
        )
