"""The bot over HTTP: the client, and the process that it talks to in embedded mode."""
