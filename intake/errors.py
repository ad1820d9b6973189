"""Every error that crosses a seam, named after what the caller can do about it."""


class IntakeError(Exception):
    """Something went wrong that a person or a caller can act on; the message says how."""


class Unreadable(IntakeError):
    """These bytes could not be read: park them for a person and acknowledge the wire."""


class RetryLater(IntakeError):
    """The other side cannot take it now: try again after `after_seconds`."""

    def __init__(self, message: str, *, after_seconds: float | None = None) -> None:
        """Keep the wait that the other side asked for; None leaves it to the back-off of the job."""
        super().__init__(message)
        self.after_seconds = after_seconds


class GaveUp(IntakeError):
    """The other side refused for good: an employee must see it. The message is the reason."""


class Uncertain(IntakeError):
    """Nobody knows whether it was sent: show it to a person, never repeat it in silence."""


class BotUnavailable(IntakeError):
    """The bot is dead, slow, silent or talks nonsense: hand the question to a person."""


class Conflict(IntakeError):
    """Somebody else was first (claimed, closed, newer version): reload and look again."""


class NotFound(IntakeError):
    """There is no such thing, or it is not yours to see."""


class NotAllowed(IntakeError):
    """This employee, token or visitor may not do that."""


class Invalid(IntakeError):
    """The input is wrong; the message says what to change. `field` names the place, if one field is at fault."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Remember which field is at fault, so that a form can show the message beside it."""
        super().__init__(message)
        self.field = field


class StoreFull(IntakeError):
    """The store cannot take more now (disk full, locked, queue full): answer 451 or 503 and acknowledge nothing."""


class BadSettings(IntakeError):
    """The settings are wrong; the message lists every fault by its variable name."""
