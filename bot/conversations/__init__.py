"""Conversations: who speaks, what was said, and who holds the thread."""
