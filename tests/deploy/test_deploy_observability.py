"""What Prometheus and Grafana are given: every name is one that the code shows, and every alert leads somewhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.observability import write_dashboards
from services.gateway.metrics import Metrics
from services.notifications.service import TABLE as NOTIFICATIONS
from services.trust_safety.domain.rules import DUE_WITHIN
from services.trust_safety.service import TABLE as TRUST_SAFETY
from tests.deploy.deployment import ROOT

FOLDER = ROOT / "deploy/observability"
GROUPS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in (FOLDER / "grafana/dashboards").glob("*.json")}

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
OF_PROMETHEUS = {"up", "job"}
GROUPING = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)"
WORDS = {"or", "and", "unless", "offset", "bool"}
DURATION = re.compile(r"\d+(s|m|h|d)")


def test_metric_names_are_read_out_of_promql() -> None:
    """The reader of expressions that the tests below trust."""
    expr = (
        'sum by (a, le) (max by (process) (rate(b_total{c="d, e"}[5m] offset 1h))) / on (f) (g > 0) unless h:i:rate5m'
    )
    assert (names(expr), labels(expr)) == ({"b_total", "g", "h:i:rate5m"}, {"a", "le", "process", "c", "f"})


def names(expr: str) -> set[str]:
    """The metrics that an expression asks for."""
    bare = re.sub(r'"[^"]*"', "", expr)
    for left_out in (r"{[^}]*}", r"\[[^]]*\]", GROUPING):
        bare = re.sub(left_out, " ", bare)
    return set(re.findall(r"(?<![\w:])[a-zA-Z_:][\w:]*(?![\w:]*\s*\()", bare)) - WORDS


def labels(expr: str) -> set[str]:
    """The labels that it selects or groups by."""
    bare = re.sub(r'"[^"]*"', '""', expr)
    grouped = {label.strip() for found in re.findall(GROUPING, bare) for label in found.split(",") if label.strip()}
    return grouped | set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*""', bare))


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression, with where it is."""
    for rule in RULES:
        yield rule.get("alert") or rule["record"], rule["expr"]
    for name, board in DASHBOARDS.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"]


def shown() -> tuple[set[str], set[str]]:
    """What the gateway shows of a system at work: the names of samples, and of labels."""
    room = {"log": 1, "disk": 1, "used": 1}
    far = {
        "heads": [1],
        "relayed": [1],
        "applied": {"programs.0": 1},
        "parked": 0,
        "waits": {"timer": 0.0},
        "room": room,
    }
    metrics = Metrics()
    metrics.progressed({"programs": {**far, "process": "p", "counted": []}})
    families = list(metrics.collect())
    samples = {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}
    counted = {"service", "kind", "request", "outcome", "method", "route", "status", "le", "process"}
    return samples, counted.union(*(sample.labels for family in families for sample in family.samples))


def test_every_metric_in_rules_and_dashboards_is_shown() -> None:
    """A renamed metric or label fails here, and not as an alert that never comes."""
    samples, known = shown()
    for where, expr in expressions():
        assert names(expr) <= samples | RECORDED | OF_PROMETHEUS, where
        assert labels(expr) <= known | OF_PROMETHEUS, where
        assert all(expr.count(left) == expr.count(right) for left, right in ("()", "[]", "{}")), where


def test_every_kind_of_metric_is_looked_at() -> None:
    """Whatever is shown is in a rule or on a dashboard: what nobody looks at need not be counted."""
    asked = set().union(*(names(expr) for _, expr in expressions()))
    samples, _ = shown()
    roots = {re.sub("_(bucket|sum|count)$", "", sample) for sample in samples}
    assert {root for root in roots if not any(name.startswith(root) for name in asked)} == set()


def test_words_in_selectors_are_words_that_are_counted() -> None:
    """The values of closed lists: what waits, and what becomes of requests and mails."""
    waits = {"timer", *TRUST_SAFETY.waits, *NOTIFICATIONS.waits}
    outcomes = {"done", "refused", "unavailable", "failed", "taken", "not-taken", "away"}
    for where, expr in expressions():
        for label, how, value in re.findall(r'(what|outcome)(=~|!=|=)"([^"]*)"', expr):
            among = waits if label == "what" else outcomes
            assert any(re.fullmatch(value, word) if how == "=~" else value == word for word in among), where


def test_every_alert_says_how_urgent_it_is_and_what_to_do() -> None:
    """Severity, a sentence, and a place in the documentation that exists."""
    headings = {
        re.sub(r"[^\w-]", "", line.lstrip("# ").lower().replace(" ", "-"))
        for line in (ROOT / "docs/operations.md").read_text().splitlines()
        if line.startswith("#")
    }
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in {"page", "ticket"}, name
        assert rule["annotations"]["summary"].endswith("."), name
        assert DURATION.fullmatch(rule.get("for", "1m")), name
        file, _, heading = rule["annotations"]["runbook"].partition("#")
        assert Path(ROOT, file).is_file(), name
        assert not heading or heading in headings, name


def test_what_was_promised_of_cases_is_watched() -> None:
    """The alert comes when a case of each severity is due by the domain's rules."""
    said = dict(re.findall(r'what="case-(S\d)"}\s*>\s*(\d+)', ALERTS["CaseOverdue"]["expr"]))
    assert {severity: timedelta(seconds=int(seconds)) for severity, seconds in said.items()} == DUE_WITHIN


def test_prometheus_reads_every_gateway_with_the_token() -> None:
    """It asks the one door of the system, with what METRICS_TOKEN_FILE of the gateway holds."""
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    [job] = config["scrape_configs"]
    assert job["authorization"]["credentials_file"] == "/run/secrets/gateway_metrics_token"
    assert [found["names"] for found in job["dns_sd_configs"]] == [["gateway"]]
    assert all((FOLDER / name).is_file() for name in config["rule_files"])


@pytest.mark.parametrize("name", write_dashboards.DASHBOARDS)
def test_the_dashboards_are_those_that_are_written(name: str) -> None:
    """After a change: `python -m deploy.observability.write_dashboards`."""
    assert (write_dashboards.FOLDER / f"{name}.json").read_text() == write_dashboards.text(name)
    assert DASHBOARDS.keys() == write_dashboards.DASHBOARDS.keys()


def test_moderators_dashboard_tells_of_no_case() -> None:
    """BL-04, SE-21: it shows how long people wait, not how many there are or about whom."""
    asked = [target["expr"] for panel in DASHBOARDS["moderation"]["panels"] for target in panel["targets"]]
    shows = {"waits_seconds", "gateway_standing_fresh", "mentorship:service_requests:rate5m"}
    assert set().union(*map(names, asked)) <= shows | {"mentorship:service_request_seconds_bucket:rate5m"}


PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=ROOT / ".data")


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool: `make promtool` fetches it")
def test_promtool_finds_nothing_wrong(tmp_path: Path) -> None:
    """Rules and their own tests pass; every expression of the dashboards can be parsed."""
    rules = [{"record": f"r:{n}", "expr": e.replace("$service", ".*")} for n, (_, e) in enumerate(expressions())]
    (tmp_path / "all.yml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    for arguments in (
        ["check", "rules", str(FOLDER / "rules.yml"), str(tmp_path / "all.yml")],
        ["check", "config", "--syntax-only", str(FOLDER / "prometheus.yml")],
        ["test", "rules", str(FOLDER / "rules_test.yml")],
    ):
        done = subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
