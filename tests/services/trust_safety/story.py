"""Ada (mentor) and Ben (mentee) are a pair in a program of the group `soap`; Cleo is in the program, Zoe is a stranger.
Sue runs the group. Mo, Mia and Max are moderators. Ben wrote m1 to m3, Ada m4."""

from __future__ import annotations

from typing import Any

import orjson
from joserfc import jwe
from joserfc.jwk import OKPKey

from services.conversations.evidence import commit_to
from services.trust_safety.service import TABLE
from shared.kernel.actor import Actor
from shared.kernel.events import Data
from shared.kernel.pairs import pair_id
from shared.testing.scenario import Scenario, moderator, person

ADA, BEN, CLEO = person("ada"), person("ben"), person("cleo")
ZOE = person("zoe", member_of="bees")
SUE, SAM = person("sue", admin_of="soap"), person("sam", admin_of="soap")
MO, MIA, MAX = moderator("mo"), moderator("mia"), moderator("max")
OPS = Actor("ops", {}, frozenset({"operator"}))
PAIR_ID = pair_id("p1", "ada", "ben", 1)
PAIR = {"pair_id": PAIR_ID, "program_id": "p1", "group_id": "soap", "mentor_id": "ada", "mentee_id": "ben"}
MESSAGE = {"kind": "message", "id": "m2"}
CANARY = "the quick canary says something private"

REASONS = {"policies": ["respect"], "rationale": "three times in a week", "message": "Please be kind."}
FAR_OFF = "2030-01-01T00:00:00.000Z"


def acting(action: str, **more: Any) -> Data:
    """An action with its reasons; a suspension ends far off unless said otherwise."""
    end = {"until": FAR_OFF} if action == "suspend" else {}
    return {"action": action, **REASONS, **end, **more}


class Story(Scenario):
    def __init__(self) -> None:
        super().__init__(TABLE)
        self.texts: dict[str, Data] = {}
        self.arrives("programs.ProgramCreated", _program())
        for name in ("ada", "ben", "cleo"):
            self.arrives("matching.SignedUp", _signup(name))
        self.arrives("matching.PairCreated", {**PAIR, "by": "sue"})
        self.arrives("matching.PairIntroduced", {**PAIR, "timezone": "Europe/Berlin"})
        for message_id, sender in (("m1", "ben"), ("m2", "ben"), ("m3", "ben"), ("m4", "ada")):
            self.writes(message_id, sender)

    def writes(self, message_id: str, sender: str, text: str = CANARY) -> None:
        committed = commit_to(sender, message_id, text)
        self.texts[message_id] = {"message_id": message_id, "sender_id": sender, "deleted": False, "versions": []}
        self.texts[message_id]["versions"] = [{**committed, "text": text, "at": "2026-03-02T09:00:00.000Z"}]
        data = {**PAIR, "message_id": message_id, "sender_id": sender, "commitment": committed["commitment"]}
        self.arrives("conversations.MessageSent", {**data, "text": text})

    def reported(self, by: Actor = ADA, target: Data = MESSAGE, reason: str = "harassment", **more: Any) -> str:
        """A report is filed; gives the id of its case."""
        self.given("file_report", {"target": target, "reason": reason, **more}, by)
        return next(event.data["case_id"] for event in self.events() if event.type.startswith("Report"))

    def disclosed(self, messages: list[Data] | None = None) -> Data:
        """Conversations discloses what the last report asked for; gives the event's data."""
        report = next(event for event in self.events() if event.type == "ReportFiled")
        window = messages or [self.texts[message_id] for message_id in ("m1", "m2", "m3", "m4")]
        key = OKPKey.import_key(report.data["evidence_key"])
        names = {name: report.data[name] for name in ("case_id", "report_id", "pair_id", "reporter_id", "subject_id")}
        sealed = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM"}, orjson.dumps(window), key)
        data = {**names, "message_id": "m2", "message_ids": [one["message_id"] for one in window], "evidence": sealed}
        self.arrives("conversations.EvidenceDisclosed", data)
        return data

    def held(self, by: Actor = MO, **report: Any) -> str:
        """A case that is assigned."""
        case_id = self.reported(**report)
        self.given("assign_case", {"case_id": case_id}, by)
        return case_id

    def act(self, case_id: str, action: str, by: Actor = MO, **more: Any) -> str:
        """An action is taken; gives its id."""
        self.given("act_on_case", {"case_id": case_id, **acting(action, **more)}, by)
        return str(self.answer["action_id"])

    def decides(self, appeal_id: str, result: str, by: Actor = MIA, **more: Any) -> Story:
        """A reviewer takes the appeal and decides."""
        self.given("assign_appeal", {"appeal_id": appeal_id}, by)
        self.when("decide_appeal", {"appeal_id": appeal_id, "result": result, "message": "We looked.", **more}, by)
        return self

    def people(self) -> Data:
        """Who is sanctioned, as the gateway hears it."""
        return dict(self.ask("sanctioned", {}, Actor("system"))["people"])


def _program() -> Data:
    names = {"program_id": "p1", "group_id": "soap", "template_id": "skill-development", "guide_version": 1}
    return {**names, "step_ids": ["one"], "settings": {}, "title": "Soap", "guide": []}


def _signup(name: str) -> Data:
    role = "mentor" if name == "ada" else "mentee"
    names = {"program_id": "p1", "group_id": "soap", "signup_id": f"s-{name}", "person_id": name, "role": role}
    return {**names, "capacity": 1, "adult": True, "answers": {}, "expires_at": "2026-06-01"}
