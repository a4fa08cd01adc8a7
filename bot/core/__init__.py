"""What every room stands on: the database, settings, texts, logs, HTTP. It knows no other room."""
