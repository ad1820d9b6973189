"""The hub dies at any moment: campaigns that kill it, and what must hold afterwards. `python -m tests.crash --help`."""
