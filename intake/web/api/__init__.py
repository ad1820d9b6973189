"""The HTTP API v1 for other systems; `routes` is what `intake.web.server` mounts. See docs/reference/api.md."""

from intake.web.api.table import OPERATIONS, routes

__all__ = ["OPERATIONS", "routes"]
