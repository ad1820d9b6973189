"""Two thousand mails at once: how fast they are kept, how fast all of them are read, and that none is missing."""

import time

from benchmarks import city, figures, smtp

MAILS = 2_000


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """Rates; raises when one receipt has no outcome at the end."""
    mails = scale.of(MAILS, 20)
    async with city.open_city() as hub:
        before = hub.receipts()
        began = time.perf_counter()
        tell(f"sending {mails} mails")
        await smtp.send(hub.smtp_port, mails)
        kept = time.perf_counter()
        tell("reading them")
        await hub.rest()
        read = time.perf_counter()
        came, open_still = hub.receipts() - before, hub.count("SELECT count(*) FROM receipt WHERE outcome IS NULL")
        if (came, open_still) != (mails, 0):
            raise RuntimeError(f"{mails} mails, {came} receipts, {open_still} without an outcome")
    return [
        figures.Figure(
            name="burst_kept", title=f"Burst of {mails} mails: kept", unit="mails/s", hub=(mails / (kept - began),)
        ),
        figures.Figure(
            name="burst_read", title=f"Burst of {mails} mails: read", unit="mails/s", hub=(mails / (read - began),)
        ),
    ]
