"""The hub of Onthaal: contact records, queues and the work between a citizen's question and its answer."""
