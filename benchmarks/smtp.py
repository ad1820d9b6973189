"""Mails in by SMTP: the whole hub, durable, beside aiosmtpd that throws them away. The client is Postfix's smtp-source.

smtp-source is written in C: it takes little of the two processors, so it does not flatter the ratio. Every mail has its
own Message-ID; after each round the hub's ledger must have grown by exactly the number of mails.
"""

import asyncio
import functools

from benchmarks import city, figures

MAILS = 400
SESSIONS = 20
BYTES = 2048


async def send(port: int, mails: int, *options: str) -> None:
    """Send mails over several connections at once; raises when one was not acknowledged."""
    words = ("-s", str(min(SESSIONS, mails)), "-m", str(mails), "-l", str(BYTES), "-f", "jan@example.org", *options)
    to = ("-t", "info@voorbeeldstad.example", f"127.0.0.1:{port}")
    program = await asyncio.create_subprocess_exec("smtp-source", *words, *to)
    if await program.wait() != 0:
        raise RuntimeError("smtp-source did not get all its mails acknowledged")


async def _rounds(
    scale: figures.Scale, tell: figures.Tell, name: str, title: str, bound: float, *options: str
) -> list[figures.Figure]:
    mails = scale.of(MAILS, SESSIONS)
    costs: dict[str, list[float]] = {"hub": [], "bare": []}

    async def one(who: str, port: int, pid: int) -> float:
        watch = city.Watch(pid)
        await send(port, mails, *options)
        rate, cost = watch.per(mails)
        costs[who].append(cost)
        return rate

    async with city.open_city() as hub:
        with city.bare("smtp") as (port, pid):

            async def of_hub() -> float:
                before = hub.receipts()
                rate = await one("hub", hub.smtp_port, hub.demo.pid)
                if hub.receipts() - before != mails:
                    raise RuntimeError(f"{mails} mails acknowledged, {hub.receipts() - before} kept")
                return rate

            ours, theirs = await figures.in_turn(
                scale.rounds, of_hub, functools.partial(one, "bare", port, pid), tell, hub.rest
            )
    return [
        figures.Figure(name=name, title=title, unit="mails/s", hub=ours, bare=theirs, bound=bound),
        figures.Figure(
            name=f"{name}_cpu",
            title=f"{title}: processor time",
            unit="ms/mail",
            hub=tuple(costs["hub"][1:]),
            bare=tuple(costs["bare"][1:]),
            note="the hub's part includes the reading that it begins meanwhile",
        ),
    ]


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Both ways to send: a connection per mail, and connections that are used again."""
    single = await _rounds(scale, tell, "smtp_connection_per_mail", "SMTP, a connection per mail", 0.60)
    again = await _rounds(scale, tell, "smtp_session_reuse", "SMTP, sessions used again", 0.45, "-d")
    return [*single, *again]
