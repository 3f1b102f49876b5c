"""The report for people who run mentorships: one HTML page, computed by SQL over an export."""

from shared.analytics.report.command import report_log

__all__ = ["report_log"]
