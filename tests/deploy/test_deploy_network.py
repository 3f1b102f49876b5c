"""Who may talk to whom in `deploy/k8s`: all policies together, pod by pod."""

from __future__ import annotations

import pytest

from shared.contracts.catalogue import SERVICES
from tests.deploy.deployment import OVERLAYS, of_kind, workloads

DNS = ("kube-system", 53)
BROKER, STORE = ("broker", 5672), ("store", 27017)
NODES = {("broker", 4369), ("broker", 25672), ("broker", 35672)}
MAIL = {("anywhere", 25), ("anywhere", 465), ("anywhere", 587)}
REACHES = {
    **{name.replace("_", "-"): {BROKER, STORE} for name in SERVICES},
    "notifications": {BROKER, STORE, *MAIL},
    "gateway": {BROKER, STORE, ("anywhere", 443)},
    "topology": {BROKER},
    "store-setup": {STORE},
    "retention": {STORE},
    "export": {STORE},
    "backup": {STORE},
    "store": {STORE},
    "broker": NODES,
}


def selects(selector, labels) -> bool:
    """A label selector, as far as we use it."""
    listed = selector.get("matchExpressions", ())
    assert all(term["operator"] == "In" for term in listed)
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(term["key"]) in term["values"] for term in listed
    )


def of_pod(labels, overlay, direction):
    """The rules of one direction that hold for a pod; None where nothing restricts it."""
    policies = [policy["spec"] for policy in of_kind("NetworkPolicy", overlay).values()]
    theirs = [one for one in policies if selects(one["podSelector"], labels) and direction in one["policyTypes"]]
    return [rule for policy in theirs for rule in policy.get(direction.lower(), ())] if theirs else None


def ends(rules, side, overlay):
    """Whom rules name, with each port."""
    assert rules is not None
    return {(peer, port["port"]) for rule in rules for peer in peers(rule, side, overlay) for port in rule["ports"]}


def peers(rule, side, overlay):
    """Names of pods, of a namespace, or "anywhere"."""
    if side not in rule:
        return ["anywhere"]
    found = []
    for peer in rule[side]:
        if "namespaceSelector" in peer:
            found += peer["namespaceSelector"]["matchLabels"].values()
        else:
            found += [n for n, one in workloads(overlay).items() if selects(peer["podSelector"], one.labels)]
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("name", sorted(workloads()))
def test_a_pod_reaches_what_it_needs_and_nothing_else(name, overlay) -> None:
    """BR-08: names, then broker and store for those who have an account there; the way out for two, by port."""
    rules = of_pod(workloads(overlay)[name].labels, overlay, "Egress")
    assert ends(rules, "to", overlay) == REACHES[name] | {DNS}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_is_reached_by_whom_it_serves_and_nobody_else(overlay) -> None:
    """BR-03, BR-08: broker and store from within, the gateway from labelled namespaces, nobody from elsewhere."""
    labels = {name: workload.labels for name, workload in workloads(overlay).items()}
    reached = {name: ends(of_pod(own, overlay, "Ingress"), "from", overlay) for name, own in labels.items()}
    inside = {name for name, own in labels.items() if own["app.kubernetes.io/part-of"] == "mentorship"}
    assert reached.pop("broker") == {(name, 5672) for name in inside} | NODES
    assert reached.pop("store") == {(name, 27017) for name in inside}
    assert reached.pop("gateway") == {("true", 8000)}
    assert not any(reached.values())


def test_everything_is_denied_first() -> None:
    """BR-08: a pod that nobody thought of reaches nothing but names, and is reached by nobody."""
    assert of_kind("NetworkPolicy")["deny-all"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert of_pod({"some": "label"}, "production", "Ingress") == []
