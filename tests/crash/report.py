"""What a campaign says while it runs and when it is over: a bar, a table, and figures for other programs."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.crash import campaign as campaign_module
from tests.crash import promises, timeline

_WIDTH = 24


class Bar:
    """One line that is drawn again and again on a screen; in a file, one line for every tenth of the kills."""

    def __init__(self) -> None:
        self._is_screen = sys.stderr.isatty()
        self._said = ""

    def __call__(self, running: campaign_module.Campaign) -> None:
        history, plan = running.history, running.plan
        kills = len(history.kills)
        full = _WIDTH * kills // max(1, plan.kills)
        counts = history.counts
        line = (
            f"[{'#' * full}{'.' * (_WIDTH - full)}] {running.stage:<9} {kills}/{plan.kills} kills  "
            f"mail {len(set(history.named('mail_sent')))} sent {counts['mail_kept']} acknowledged  "
            f"chat {len(set(history.named('chat_sent')))} sent {counts['chat_kept']} acknowledged  "
            f"answers {counts['answer_kept']}  out {len(running.relay.taken)}"
        )
        if self._is_screen:
            sys.stderr.write(f"\r\x1b[K{line}" + ("\n" if running.stage == "done" else ""))
        elif (step := f"{running.stage}{10 * kills // max(1, plan.kills)}") != self._said:
            self._said = step
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def table(kept: list[promises.Promise]) -> str:
    """One line for each promise, and under a broken one what broke it."""
    lines: list[str] = []
    for promise in kept:
        lines.append(f"  {'kept  ' if promise.is_kept else 'BROKEN'}  {promise.name:<46}{promise.counted}")
        lines += [f"            {each}" for each in promise.broken]
    broken = sum(not promise.is_kept for promise in kept)
    return "\n".join(
        [*lines, f"{broken} of {len(kept)} promises broken" if broken else f"all {len(kept)} promises kept"]
    )


def figures(done: campaign_module.Campaign, kept: list[promises.Promise], **more: Any) -> dict[str, Any]:
    """Everything that was counted."""
    repeats = len(done.relay.taken) - len({taken.message_id for taken in done.relay.taken})
    return {
        "seed": done.plan.seed,
        "seconds": round(done.history.now, 1),
        "kills": len(done.history.kills),
        "mails_acknowledged": done.history.counts["mail_kept"],
        "chat_messages_acknowledged": done.history.counts["chat_kept"],
        "chats": len(done.history.chats),
        "answers_of_employees": done.history.counts["answer_kept"],
        "mails_out": len(done.relay.taken),
        "mails_out_repeated": repeats,
        "repeats_absorbed": done.hub.log.read_text("utf-8", "replace").count('"event": "received_again"'),
        **more,
        "promises": {promise.name: promise.is_kept for promise in kept},
        "broken": {promise.name: promise.broken for promise in kept if not promise.is_kept},
    }


def write(folder: Path, done: campaign_module.Campaign, found: dict[str, Any]) -> None:
    """`campaign.json` and `timeline.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "campaign.json").write_text(json.dumps(found, indent=1) + "\n")
    end = "promises broken" if found["broken"] else "nothing lost"
    title = f"{found['kills']} kills, {found['repeats_absorbed']} repeats absorbed, {end}"
    (folder / "timeline.svg").write_text(timeline.picture(done.history, title))
