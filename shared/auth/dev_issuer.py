"""The token issuer of a development instance. Its key lives in that instance's folder; production has no such thing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from shared.kernel.ids import new_id
from shared.runtime.local import records

AUDIENCE = "mentorship"
ALGORITHM = "ES256"
_CLIENT = "mentorship-cli"
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Person:
    """Who a token is for. `groups` maps a group id to "admin" or "member"."""

    sub: str
    name: str | None = None
    email: str | None = None
    locale: str | None = None
    zoneinfo: str | None = None
    groups: Mapping[str, str] | None = None
    adult: bool = True
    roles: Iterable[str] = ()

    def claims(self) -> dict[str, Any]:
        texts = {"name": self.name, "email": self.email, "locale": self.locale, "zoneinfo": self.zoneinfo}
        return {
            "sub": self.sub,
            **{name: text for name, text in texts.items() if text is not None},
            "groups": [{"id": group, "role": role} for group, role in (self.groups or {}).items()],
            "age_over_18": self.adult,
            "roles": sorted(self.roles),
        }


class DevIssuer:
    """Signs tokens with the key in `folder`, made at first use. The issuer's name tells instances apart."""

    def __init__(self, folder: Path) -> None:
        self._key = _open_key(folder / "dev-issuer-key.json")
        self.jwks_path = folder / "dev-issuer-jwks.json"
        public = json.dumps({"keys": [self._key.as_dict(private=False, use="sig", alg=ALGORITHM)]})
        if not self.jwks_path.exists() or self.jwks_path.read_text() != public:
            records.write_text(self.jwks_path, public)

    @property
    def issuer(self) -> str:
        return f"mentorship-dev:{str(self._key.kid)[:12]}"

    def token(self, person: Person, ttl: float = _HOUR, audience: str = AUDIENCE) -> str:
        """A signed access token that is good for `ttl` seconds."""
        now = int(time.time())
        header = {"typ": "at+jwt", "alg": ALGORITHM, "kid": self._key.kid}
        claims = {
            "iss": self.issuer,
            "aud": audience,
            "iat": now,
            "exp": now + int(ttl),
            "jti": new_id(),
            "client_id": _CLIENT,
            **person.claims(),
        }
        return jwt.encode(header, claims, self._key, [ALGORITHM])


def _open_key(path: Path) -> ECKey:
    try:
        return ECKey.import_key(json.loads(path.read_text()))
    except FileNotFoundError:
        key = ECKey.generate_key("P-256", private=True, auto_kid=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        records.write(path, key.as_dict(private=True))
        return key
