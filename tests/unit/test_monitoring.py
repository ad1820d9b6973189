"""The figures: names, labels and the page are what the documentation and the alert rules say."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from intake import observing, prometheus
from intake.domain import ids

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def present(**more):
    backlog = observing.Backlog(
        jobs={("todo", "parse"): 2, ("dead", "deliver"): 1},
        oldest_due_at=NOW - timedelta(seconds=30),
        groups=[observing.GroupLoad(group_id=ids.GroupId("onthaal"), open_items=3, late_items=1)],
        last_received={"email": NOW - timedelta(minutes=2)},
    )
    standard = {
        "now": NOW, "backlog": backlog, "groups": [ids.GroupId("onthaal"), ids.GroupId("wegen")],
        "listening": {"email": True, "webchat": False}, "silent": frozenset({"email"}), "open_chats": 4,
        "bot_ready": True, "free_bytes": 5,
    }  # fmt: skip
    return prometheus.Present(**standard | more)


def used():
    """Meters that counted everything once."""
    meters = prometheus.Meters()
    meters.received("email", is_new=True)
    meters.received("email", is_new=False)
    meters.refused("email")
    meters.settled("email", "message")
    meters.job_ended("parse", "done")
    meters.delivery("email", "sent")
    meters.bot_turn("hand_over", "kind")
    meters.bot_called("say", 0.2, failed=True)
    meters.first_contact("bot")
    meters.parsed("email", 0.1)
    meters.worker_killed()
    meters.committed(64, 0.01)
    meters.streams(1)
    meters.clock_ahead(-3.5)
    return meters


def figures(meters, at=None):
    page = meters.expose(at or present()).decode()
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_what_was_counted_and_what_waits_is_on_the_page():
    found = figures(used())
    assert found["onthaal_receipts_received_total", (("channel", "email"),)] == 1
    assert found["onthaal_receipts_again_total", (("channel", "email"),)] == 1
    assert found["onthaal_jobs", (("kind", "parse"), ("state", "todo"))] == 2
    assert found["onthaal_dead_letters", ()] == 1
    assert found["onthaal_oldest_due_job_seconds", ()] == 30
    assert found["onthaal_queue_items_late", (("group", "onthaal"),)] == 1
    assert found["onthaal_queue_items_open", (("group", "wegen"),)] == 0
    assert found["onthaal_seconds_since_last_receipt", (("channel", "email"),)] == 120
    assert found["onthaal_channel_silent", (("channel", "email"),)] == 1
    assert found["onthaal_channel_listening", (("channel", "webchat"),)] == 0
    assert found["onthaal_first_contact_total", (("settled_by", "dispatched"),)] == 0
    assert found["onthaal_store_commit_works_bucket", (("le", "64.0"),)] == 1
    assert found["onthaal_clock_ahead_seconds", ()] == -3.5
    assert found["process_resident_memory_bytes", ()] > 1_000_000


def test_work_that_is_gone_is_gone_from_the_page():
    meters = used()
    figures(meters)
    empty = observing.Backlog(jobs={}, oldest_due_at=None, groups=[], last_received={})
    found = figures(meters, present(backlog=empty))
    assert ("onthaal_jobs", (("kind", "parse"), ("state", "todo"))) not in found
    assert found["onthaal_dead_letters", ()] == found["onthaal_oldest_due_job_seconds", ()] == 0


def test_a_store_that_cannot_be_read_is_said_and_does_not_break_the_page():
    assert figures(used(), present(backlog=None))["onthaal_store_readable", ()] == 0


def test_two_hubs_in_one_process_count_apart():
    one, other = used(), prometheus.Meters()
    assert ("onthaal_receipts_received_total", (("channel", "email"),)) in figures(one)
    assert ("onthaal_receipts_received_total", (("channel", "email"),)) not in figures(other)


def families():
    """Name → labels of every figure of our own."""
    found = {}
    for name, labels in figures(used()):
        base = re.sub(r"_(bucket|count|sum|created)$", "", name)
        if name.startswith("onthaal_") and not name.endswith("_created"):
            found.setdefault(base, set()).update(key for key, _ in labels if key != "le")
    return found


def test_every_figure_is_in_the_how_to_with_its_labels_and_none_besides():
    rows = re.findall(r"^\| `(onthaal_\w+)(?:\{([\w,]+)\})?` \|", (HOW_TO / "monitor.md").read_text(), re.MULTILINE)
    assert {name: set(labels.split(",")) - {""} for name, labels in rows} == families()


def test_the_alert_rules_are_well_formed_and_ask_for_figures_that_exist():
    rules = yaml.safe_load((HOW_TO / "alerts.yml").read_text())
    known = families()
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule
            assert re.fullmatch(r"Onthaal[A-Za-z]+", rule["alert"])
            assert "summary" in rule["annotations"]
            assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
            asked = re.findall(r"onthaal_\w+", rule["expr"])
            assert asked, rule
            assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked} <= set(known), rule
            for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
                assert any(label in known[re.sub(r"_(bucket|count|sum)$", "", name)] for name in asked), rule


def test_no_label_can_hold_what_a_citizen_wrote():
    allowed = {"channel", "outcome", "kind", "state", "end", "step", "reason", "call", "group", "settled_by", "version"}
    assert {label for labels in families().values() for label in labels} <= allowed
