"""wire → receipt: the raw bytes and the job to read them, in one durable commit, before anybody is acknowledged."""

import logging

from intake import errors, ports
from intake.domain import ids, message
from intake.flow import hub as hub_module

log = logging.getLogger(__name__)

PARSE = "parse"
PARSE_UNTRUSTED = "parse_untrusted"
"""Reading what anybody can send and a sandbox reads: it may take seconds, and has its own share of the work."""
LARGE_BYTES = 262_144
"""From this size on the store keeps raw bytes as a file."""


class Receiver:
    """See `ports.Sink`."""

    def __init__(self, hub: hub_module.Hub) -> None:
        """Receive for this hub."""
        self._hub = hub

    async def __call__(self, receipt: message.RawReceipt) -> ids.ReceiptId:
        """See `ports.Sink`."""
        try:
            return await self._keep(receipt)
        except errors.StoreFull:
            self._hub.meters.refused(receipt.channel)
            raise

    async def _keep(self, receipt: message.RawReceipt) -> ids.ReceiptId:
        new_id = ids.ReceiptId(self._hub.ids.new())
        now = self._hub.clock.now()
        self._hub.rush.received(now)
        channel = self._hub.channels.get(receipt.channel)
        kind = PARSE_UNTRUSTED if channel is not None and channel.abilities.untrusted else PARSE
        if len(receipt.raw) > LARGE_BYTES:
            await self._hub.blobs.put(receipt.raw)  # the store finds the file there and need not write it itself

        def work(uow: ports.UnitOfWork) -> ids.ReceiptId:
            kept = uow.receipts.add(new_id, receipt, now)
            if kept == new_id:
                uow.jobs.add(kind, {"receipt": new_id}, key=f"parse:{new_id}", lane=receipt.lane)
            return kept

        kept = await self._hub.store.write(work)
        self._hub.meters.received(receipt.channel, is_new=kept == new_id)
        told = {"channel": receipt.channel, "receipt": kept, "size_bytes": len(receipt.raw)}
        if kept == new_id:
            log.debug("received", extra=told)  # its end is told at info; both would be a tenth of what keeping costs
        else:
            log.info("received_again", extra=told)
        self._hub.wake()
        return kept
