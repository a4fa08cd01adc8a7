"""The console: the staff's web pages at `/console`."""
