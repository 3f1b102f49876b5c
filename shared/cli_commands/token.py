"""`mentorship token`: a signed access token of this instance's development issuer."""

from __future__ import annotations

import argparse
from typing import Any

from shared.auth.dev_issuer import Person
from shared.auth.tokens import LONGEST
from shared.cli_commands import options
from shared.runtime.faults import Fault

_ROLES = ("moderator", "triage", "operator", "owner")


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser("token", help="print an access token for a development instance")
    options.add_data(parser)
    parser.add_argument("--sub", required=True, metavar="ID", help="who it is for")
    parser.add_argument("--name")
    parser.add_argument("--email")
    parser.add_argument("--locale", help="for example de or pt-BR")
    parser.add_argument("--zoneinfo", help="for example Europe/Lisbon")
    parser.add_argument("--group", action="append", default=[], type=_group, metavar="G[:admin]")
    parser.add_argument("--role", action="append", default=[], choices=_ROLES)
    age = parser.add_mutually_exclusive_group()
    age.add_argument("--adult", dest="adult", action="store_true", default=True)
    age.add_argument("--minor", dest="adult", action="store_false")
    parser.add_argument("--ttl", type=options.duration, default="1h", help="how long it is good: 15m, 1h, 24h at most")
    parser.set_defaults(run=_token)


def _group(text: str) -> tuple[str, str]:
    group, colon, role = text.rpartition(":")
    if not colon:
        return text, "member"
    if not group or role not in {"admin", "member"}:
        raise argparse.ArgumentTypeError(f"{text!r} should be GROUP or GROUP:admin")
    return group, role


def _token(args: argparse.Namespace) -> int:
    instance = options.instance(args)
    if not instance.secrets.is_dir():
        raise Fault(f"There is no instance in {instance.folder}: start one with `mentorship up`.")
    issuer = instance.issuer()
    if issuer is None:
        raise Fault("This instance trusts an outside issuer (OIDC_ISSUER): get the token there.")
    if args.ttl > LONGEST:
        raise Fault("A token may be good for 24 hours at most: sessions must be able to end.")
    texts = {name: getattr(args, name) for name in ("name", "email", "locale", "zoneinfo")}
    person = Person(args.sub, groups=dict(args.group), adult=args.adult, roles=args.role, **texts)
    options.out(issuer.token(person, args.ttl))
    return 0
