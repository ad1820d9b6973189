"""`make crash`: kill the hub again and again while a real Postfix, chats and employees keep it busy.

Exit status: 0 every promise was kept, 1 one was broken, 2 it could not run.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.crash import campaign, people, postfix, promises, report


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="make crash", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50, help="how often the hub dies (50)")
    parser.add_argument("--seed", type=int, help="repeats an earlier plan; without it a new one")
    parser.add_argument("--post", choices=("postfix", "direct"), default="postfix", help="who sends the mail (postfix)")
    parser.add_argument("--database-url", help="a fresh PostgreSQL database; without it SQLite")
    parser.add_argument("--out", type=Path, default=Path("var/crash"), help="folder of campaign.json and timeline.svg")
    return parser.parse_args()


def main() -> int:
    """Run one campaign and say what came of it."""
    asked = arguments()
    fault = postfix.missing() if asked.post == "postfix" else ""
    if fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1_000_000)
    plan = campaign.Plan(
        kills=asked.kills, seed=seed, longest_life_seconds=5, own_bot=0.3, drain_seconds=180,
        database_url=asked.database_url,
    )  # fmt: skip
    sys.stderr.write(f"{plan.kills} kills, mail by {asked.post}; SEED={seed} repeats this plan\n")
    with tempfile.TemporaryDirectory(prefix="onthaal-crash-") as folder:
        done = campaign.Campaign(plan, Path(folder), report.Bar())
        more: dict[str, int] = {}

        @contextlib.asynccontextmanager
        async def by_postfix(running: campaign.Campaign) -> AsyncIterator[people.Post]:
            async with postfix.running_for(running.hub.smtp_port, running.history) as sender:
                yield sender
                more.update(postfix_accepted=len(sender.accepted), postfix_deferrals=sender.deferrals)

        asyncio.run(done.run(by_postfix if asked.post == "postfix" else None))
        kept = promises.check(done)
        found = report.figures(done, kept, **more)
        report.write(asked.out, done, found)
    sys.stdout.write(
        "\n".join(
            f"  {name.replace('_', ' '):<28}{found[name]}" for name in found if name not in {"promises", "broken"}
        )
    )
    sys.stdout.write(f"\n\n{report.table(kept)}\n\n{asked.out}/campaign.json, {asked.out}/timeline.svg\n")
    return 0 if all(promise.is_kept for promise in kept) else 1


if __name__ == "__main__":
    sys.exit(main())
