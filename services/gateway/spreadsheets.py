"""Lists as CSV for those who run a program. What people typed stays text in whatever spreadsheet opens it (PR-21)."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.gateway.codec import storable
from services.gateway.edge import correlation_id
from services.gateway.endpoint import admit
from services.gateway.positions import seen_by
from services.gateway.routes.route import Route
from shared.kernel.errors import NotFound
from shared.kernel.events import Data
from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from services.gateway.gateway import Gateway

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet would work out; the last four are the wide signs of East Asian keyboards."""
_SIGNUP = ("person_id", "name", "role", "status", "capacity", "current_pairs", "since", "expires_at")
_PAGE = 100


class Spreadsheets:
    """The endpoints, by the names that their routes give them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def signups_csv(self, request: Request, route: Route) -> Response:
        """Everybody who signed up, read page by page as it goes out; matching says who may see them."""
        actor = await admit(self._gateway, route, request)
        program_id = request.path_params["program_id"]
        if not storable(program_id):
            raise NotFound
        at = self._gateway.positions.read(request.headers.get("x-log-position"))
        context = {"actor": actor.as_dict(), "command_id": new_id(), "correlation_id": correlation_id(request)}
        first = await self._page(program_id, None, {**context, "at": seen_by("matching", at)})
        headers = {"Content-Disposition": 'attachment; filename="signups.csv"'}
        body = self._lines(program_id, first, context)
        return StreamingResponse(body, headers=headers, media_type="text/csv; charset=utf-8")

    async def _lines(self, program_id: str, page: Data, context: Data) -> AsyncIterator[bytes]:
        yield lines([_SIGNUP])
        while True:
            yield lines([one[name] for name in _SIGNUP] for one in page["items"])
            if page["next"] is None:
                return
            page = await self._page(program_id, page["next"], context)

    async def _page(self, program_id: str, cursor: object, context: Data) -> Data:
        params = {"program_id": program_id, "cursor": cursor, "limit": _PAGE}
        return (await self._gateway.services.ask("matching", "signups", params, context)).answer


def lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as RFC 4180 has them, every cell in quotes."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: object) -> object:
    """Text that begins like a formula gets an apostrophe before it. Numbers are ours and stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
