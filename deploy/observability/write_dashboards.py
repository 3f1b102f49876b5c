"""Writes the Grafana dashboards: `python -m deploy.observability.write_dashboards`. A panel is a line here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "grafana/dashboards"
_SOURCE = {"type": "prometheus", "uid": "mentorship"}
_WIDTH, _HEIGHT = 12, 8


class Panel(NamedTuple):
    """`unit` is Grafana's word for it; `queries` are PromQL by legend."""

    title: str
    unit: str
    queries: dict[str, str]
    about: str = ""


def _quantile(share: float, metric: str, *by: str, where: str = "") -> str:
    return f"histogram_quantile({share}, sum by ({', '.join((*by, 'le'))}) (mentorship:{metric}_bucket:rate5m{where}))"


def _oldest(metric: str, *by: str, where: str = "") -> str:
    """Every gateway says it; the most is what counts."""
    return f"max by ({', '.join(by)}) ({metric}{where})"


_HTTP, _SERVICE = "mentorship:gateway_requests:rate5m", "mentorship:service_requests:rate5m"
_CHOSEN = '{service=~"$service"}'

DASHBOARDS: dict[str, tuple[str, dict[str, str], list[Panel]]] = {
    "overview": (
        "Mentorship: overview",
        {},
        [
            Panel("Requests", "reqps", {"{{status}}": f"sum by (status) ({_HTTP})"}),
            Panel(
                "Share that fails",
                "percentunit",
                {
                    "5xx": f'sum({_HTTP}{{status=~"5.."}}) / sum({_HTTP})',
                    "429": f'sum({_HTTP}{{status="429"}}) / sum({_HTTP})',
                },
            ),
            Panel(
                "Time to the answer",
                "s",
                {f"p{share * 100:g}": _quantile(share, "gateway_request_seconds") for share in (0.5, 0.95, 0.99)},
            ),
            Panel(
                "Slowest routes, p95",
                "s",
                {"{{route}}": f"topk(8, {_quantile(0.95, 'gateway_request_seconds', 'route')})"},
            ),
            Panel("Services that answer", "bool_on_off", {"{{service}}": _oldest("service_up", "service")}),
            Panel(
                "Who reaches broker and store",
                "bool_on_off",
                {
                    "broker, {{process}}": "gateway_broker_up",
                    "store, {{service}}": _oldest("service_store_up", "service"),
                },
            ),
            Panel(
                "Views behind", "s", {"{{service}} of {{source}}": _oldest("view_wait_seconds", "service", "source")}
            ),
            Panel("Relays behind", "s", {"{{service}}": _oldest("relay_wait_seconds", "service")}),
            Panel("Parked", "short", {"{{service}}": _oldest("parked_events", "service")}, "Stays at 0."),
            Panel("Live streams", "short", {"{{process}}": "gateway_streams"}),
            Panel(
                "Disk of the store",
                "percentunit",
                {"{{service}}": "max by (service) (store_disk_used_bytes / store_disk_bytes)"},
            ),
            Panel("Logs", "bytes", {"{{service}}": _oldest("log_bytes", "service")}),
        ],
    ),
    "services": (
        "Mentorship: services",
        {"service": "label_values(service_up, service)"},
        [
            Panel(
                "Commands",
                "reqps",
                {"{{request}}": f'sum by (request) ({_SERVICE}{{service=~"$service", kind="command"}})'},
                "What is done for safety, and by trust_safety, is one number.",
            ),
            Panel(
                "Questions",
                "reqps",
                {"{{request}}": f'sum by (request) ({_SERVICE}{{service=~"$service", kind="query"}})'},
            ),
            Panel("Outcomes", "reqps", {"{{outcome}}": f"sum by (outcome) ({_SERVICE}{_CHOSEN})"}),
            Panel(
                "Time to the answer, p95",
                "s",
                {"{{request}}": _quantile(0.95, "service_request_seconds", "request", where=_CHOSEN)},
            ),
            Panel(
                "Commits",
                "wps",
                {"{{service}}": f"sum by (service) (max by (service, partition) (rate(log_position{_CHOSEN}[5m])))"},
            ),
            Panel("Commits in one insert", "short", {"{{service}}": f"mentorship:log_batch_commits:mean5m{_CHOSEN}"}),
            Panel(
                "Not yet applied",
                "short",
                {"{{source}} {{partition}}": _oldest("view_lag", "service", "source", "partition", where=_CHOSEN)},
            ),
            Panel(
                "Not yet with the broker",
                "short",
                {"{{service}} {{partition}}": _oldest("relay_lag", "service", "partition", where=_CHOSEN)},
            ),
            Panel(
                "Oldest that is due",
                "s",
                {"{{service}} {{what}}": _oldest("waits_seconds", "service", "what", where='{what=~"timer|mail"}')},
            ),
            Panel("Mails", "ops", {"{{outcome}}": "mentorship:mails:rate5m"}),
        ],
    ),
    "moderation": (
        "Mentorship: waiting for moderators",
        {},
        [
            Panel(
                "Oldest undecided case",
                "s",
                {"{{what}}": _oldest("waits_seconds", "what", where='{what=~"case-.*"}')},
                "S0 is due within 4 h, S1 a day, S2 three days, S3 a week. Ages only: a count would tell of reports.",
            ),
            Panel(
                "Oldest undecided appeal", "s", {"appeal": _oldest("waits_seconds", "what", where='{what="appeal"}')}
            ),
            Panel(
                "Time to the answer for safety, p95",
                "s",
                {"{{service}}": _quantile(0.95, "service_request_seconds", "service", where='{request="safety"}')},
            ),
            Panel(
                "Share that fails for safety",
                "percentunit",
                {
                    "failed or unavailable": f'sum({_SERVICE}{{request="safety", outcome=~"failed|unavailable"}})'
                    f' / sum({_SERVICE}{{request="safety"}})'
                },
            ),
            Panel(
                "List of suspended people",
                "bool_on_off",
                {"{{process}}": "gateway_standing_fresh"},
                "1 while it is fresh.",
            ),
        ],
    ),
}
"""By file: title, variables, panels."""


def dashboard(name: str) -> dict[str, Any]:
    title, variables, panels = DASHBOARDS[name]
    return {
        "uid": f"mentorship-{name}",
        "title": title,
        "tags": ["mentorship"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_variable(*variable) for variable in variables.items()]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _variable(name: str, query: str) -> dict[str, Any]:
    every = {"includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}}
    return {"name": name, "type": "query", "query": query, "datasource": _SOURCE, "refresh": 2, **every}


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": expr, "legendFormat": legend}
        for place, (legend, expr) in enumerate(panel.queries.items())
    ]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "gridPos": {"x": number % 2 * _WIDTH, "y": number // 2 * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def text(name: str) -> str:
    return json.dumps(dashboard(name), indent=1) + "\n"


if __name__ == "__main__":
    for dashboard_name in DASHBOARDS:
        (FOLDER / f"{dashboard_name}.json").write_text(text(dashboard_name))
