"""Where products come from (importers) and where they go to (the snapshot that the bot reads)."""
