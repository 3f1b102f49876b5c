"""What is known of the two sides of a report beside it: numbers that help to weigh it, and decide nothing (TS-25)."""

from __future__ import annotations

from shared.application.table import Reads
from shared.kernel.events import Data

_MANY = 10_000


def track_record(reads: Reads, report: Data) -> Data:
    """Of other cases: how many reports the reporter filed, how many of them led to an action, and how many there were
    about the person concerned that were not kept without effect."""
    by = _others(reads, report, "reporter_id")
    about = _others(reads, report, "subject_id") if report["subject_id"] else []
    cases = reads.get_many("cases", sorted({other["case_id"] for other in by}))
    led = [other for other in by if cases.get(other["case_id"], {}).get("outcome") == "action-taken"]
    counted = [other for other in about if not other.get("muted")]
    return {"other_reports_by": len(by), "led_to_action": len(led), "other_reports_about": len(counted)}


def _others(reads: Reads, report: Data, side: str) -> list[Data]:
    found = reads.find("reports", {side: report[side]}, limit=_MANY)
    return [other for other in found if other["case_id"] != report["case_id"]]
