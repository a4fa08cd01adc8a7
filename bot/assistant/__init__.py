"""A citizen's turn: from a message that came in to the replies that answer it."""
