"""Channels: one folder each, through which citizens and the desk exchange messages."""
