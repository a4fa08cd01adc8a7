"""The assistant's custom actions, one module a topic: tracker → service → events."""
