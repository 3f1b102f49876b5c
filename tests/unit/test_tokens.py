"""SE-07: what a token must be to be believed."""

from __future__ import annotations

import base64
import hmac
import json
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from shared.auth.dev_issuer import DevIssuer, Person
from shared.auth.keys import FileKeys, key_set
from shared.auth.tokens import ExpiredToken, InvalidToken, Verifier

ISSUER, AUDIENCE = "https://issuer.test", "mentorship"
KEY = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
OTHER = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
RING = key_set(KeySet([KEY, RSA]).as_dict(private=False))
VERIFIER = Verifier(ISSUER, AUDIENCE, RING.get)


def good(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 60, "jti": "t1", "client_id": "c", "sub": "ann"}
    return {name: value for name, value in (claims | changes).items() if value is not ...}


def signed(claims: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    full = {"typ": "at+jwt", "alg": "ES256", "kid": "one"} | header
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forging is unsafe on purpose
        return jwt.encode(full, claims, key, [full["alg"]])


def part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def with_other_claims(token: str) -> str:
    header, _, signature = token.split(".")
    return ".".join((header, part(good(sub="root")), signature))


def keyed_with_the_public_key() -> str:
    """HS256 whose secret is the text of the public key, as in the well-known confusion of algorithms."""
    signing_input = f"{part({'typ': 'at+jwt', 'alg': 'HS256', 'kid': 'rsa'})}.{part(good())}"
    digest = hmac.new(RSA.as_pem(private=False), signing_input.encode(), "sha256").digest()
    return f"{signing_input}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


FORGERIES = {
    "alg none": ".".join((part({"typ": "at+jwt", "alg": "none", "kid": "one"}), part(good()), "")),
    "HS256 with the public key": keyed_with_the_public_key(),
    "foreign key in the header": signed(good(), OTHER, jwk=OTHER.as_dict(private=False)),
    "foreign key set by link": signed(good(), OTHER, kid="elsewhere", jku="https://evil.test/jwks"),
    "good signature with an own key named": signed(good(), jwk=OTHER.as_dict(private=False)),
    "another audience": signed(good(aud="other")),
    "no audience": signed(good(aud=...)),
    "another issuer": signed(good(iss="https://evil.test")),
    "no exp": signed(good(exp=...)),
    "exp that is no number": signed(good(exp="9999999999")),
    "tampered": with_other_claims(signed(good())),
    "signed by a stranger": signed(good(), OTHER),
    "id token": signed(good(), typ="JWT"),
    "no kid": signed(good(), kid=""),
    "unknown kid": signed(good(), kid="two"),
    "from the future": signed(good(iat=int(time.time()) + 3600)),
    "not yet": signed(good(nbf=int(time.time()) + 3600)),
    "good for longer than a day": signed(good(exp=int(time.time()) + 24 * 3600 + 1)),
    "nobody": signed(good(sub="")),
    "sub that is no text": signed(good(sub={"$ne": None})),
    "group role that is not known": signed(good(groups=[{"id": "g", "role": "owner"}])),
    "groups that are no list": signed(good(groups="g")),
    "other algorithm": signed(good(), RSA, alg="RS512", kid="rsa"),
    "not a token": "abc",
    "empty": "",
    "too long": "a" * 10_000,
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused(name: str) -> None:
    """SE-07: each forgery gets the same answer, which does not say what was wrong."""
    with pytest.raises(InvalidToken) as refused:
        VERIFIER.verify(FORGERIES[name])
    assert refused.value.as_problem() == InvalidToken().as_problem()
    assert refused.value.as_problem()["status"] == 401


@pytest.mark.parametrize("sub", ["may\x1ftom", "may\n", "\x00", "may\x9f", "", "m" * 129])
def test_no_id_in_a_token_breaks_ids_of_ours(sub: str) -> None:
    """SE-07, PR-06: a person whose id holds a control character, or is overlong, is nobody: key ids hold it."""
    for claims in (good(sub=sub), good(groups=[{"id": sub, "role": "member"}])):
        with pytest.raises(InvalidToken):
            VERIFIER.verify(signed(claims))


def test_an_expired_token_says_so_after_the_leeway() -> None:
    """Half a minute late still passes; later is `token-expired`."""
    now = int(time.time())
    assert VERIFIER.verify(signed(good(exp=now - 20)))
    with pytest.raises(ExpiredToken) as refused:
        VERIFIER.verify(signed(good(exp=now - 31)))
    assert refused.value.as_problem()["slug"] == "token-expired"


@pytest.mark.parametrize(("seconds", "passes"), [(29, True), (30, False)])
def test_the_leeway_is_half_a_minute_to_the_second(seconds: int, passes: bool) -> None:
    """SE-07: a token is good for 30 seconds after its end, and not for one more."""
    claims = good()
    late = Verifier(ISSUER, AUDIENCE, RING.get, lambda: claims["exp"] + seconds)
    if passes:
        assert late.verify(signed(claims)).sub == "ann"
    else:
        with pytest.raises(ExpiredToken):
            late.verify(signed(claims))


@pytest.mark.parametrize(
    "header", [{"key": KEY}, {"key": RSA, "alg": "RS256", "kid": "rsa"}, {"typ": "application/at+jwt"}]
)
def test_good_tokens_are_believed(header: dict[str, Any]) -> None:
    """Both key types that issuers use, and both spellings of the type, pass."""
    assert VERIFIER.verify(signed(good(aud=["x", AUDIENCE]), **header)).sub == "ann"


def test_the_development_issuer_says_who_someone_is(tmp_path: Path) -> None:
    """Claims arrive as the actor; only a plain `true` makes an adult; the private key is its owner's alone."""
    issuer = DevIssuer(tmp_path)
    person = Person("ann", "Ann", groups={"g1": "admin", "g2": "member"}, roles=["moderator"], zoneinfo="Asia/Tokyo")
    verifier = Verifier(issuer.issuer, AUDIENCE, FileKeys(issuer.jwks_path))
    claims = verifier.verify(issuer.token(person))
    actor = claims.actor()
    assert (actor.id, actor.name, actor.adult, claims.zoneinfo) == ("ann", "Ann", True, "Asia/Tokyo")
    assert actor.is_admin("g1") and actor.is_member("g2") and not actor.is_admin("g2") and actor.is_moderator()
    assert not verifier.verify(issuer.token(Person("kid", adult=False))).adult
    assert not VERIFIER.verify(signed(good(age_over_18="true"))).adult
    assert (tmp_path / "dev-issuer-key.json").stat().st_mode & 0o777 == 0o600
    assert '"d"' not in issuer.jwks_path.read_text()
    assert DevIssuer(tmp_path).issuer == issuer.issuer
    with pytest.raises(InvalidToken):
        Verifier(DevIssuer(tmp_path / "b").issuer, AUDIENCE, FileKeys(issuer.jwks_path)).verify(issuer.token(person))


def test_shared_secrets_never_become_keys() -> None:
    """A key set with a symmetric key is read without it."""
    secret = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQ", "kid": "s"}
    assert key_set({"keys": [secret]}) == {}
    with pytest.raises(ValueError, match="no JSON Web Key Set"):
        key_set({"nothing": 1})
