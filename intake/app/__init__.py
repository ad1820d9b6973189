"""The composition root: the only place that knows concrete channels, store, bot and web server."""
