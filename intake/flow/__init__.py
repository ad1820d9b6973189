"""The life of a question, one module per arrow: receive, normalise, answer, assign, reply, deliver, watch."""
