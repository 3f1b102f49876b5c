"""The map of trust and safety: every command, question, reaction and timer on one screen."""

from __future__ import annotations

from services.trust_safety import handlers, queries, reactions, views
from shared.application.table import Table
from shared.runtime.service import Service

TABLE = Table(
    name="trust_safety",
    commands={
        "file_report": handlers.FILE_REPORT,
        "assign_case": handlers.ASSIGN_CASE,
        "escalate_case": handlers.ESCALATE_CASE,
        "act_on_case": handlers.ACT_ON_CASE,
        "close_case": handlers.CLOSE_CASE,
        "view_case": handlers.VIEW_CASE,
        "view_evidence": handlers.VIEW_EVIDENCE,
        "file_appeal": handlers.FILE_APPEAL,
        "assign_appeal": handlers.ASSIGN_APPEAL,
        "decide_appeal": handlers.DECIDE_APPEAL,
        "mute_reporter": handlers.MUTE_REPORTER,
        "unmute_reporter": handlers.UNMUTE_REPORTER,
        # from reactions
        "receive_evidence": handlers.RECEIVE_EVIDENCE,
        "apply_sanction": handlers.APPLY_SANCTION,
        "shorten_sanction": handlers.SHORTEN_SANCTION,
        "lift_sanctions": handlers.LIFT_SANCTIONS,
        "dispute_age": handlers.DISPUTE_AGE,
        "confirm_adult": handlers.CONFIRM_ADULT,
        "reset_adult": handlers.RESET_ADULT,
        "register_block": handlers.REGISTER_BLOCK,
        "register_unblock": handlers.REGISTER_UNBLOCK,
        "count_block": handlers.COUNT_BLOCK,
        "open_for_blocks": handlers.OPEN_FOR_BLOCKS,
        # from the clock
        "end_sanction": handlers.END_SANCTION,
        "end_mute": handlers.END_MUTE,
        "escalate_overdue": handlers.ESCALATE_OVERDUE,
        "destroy_evidence": handlers.DESTROY_EVIDENCE,
    },
    queries=queries.QUERIES,
    views=views.VIEWS,
    reactions=reactions.REACTIONS,
    indexes=views.INDEXES,
    due_view="due",
    waits=views.WAITS,
)


class TrustSafety(Service):
    name = "trust_safety"
    table = TABLE
