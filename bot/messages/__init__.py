"""Messages: what comes in, what goes out, who owns the conversation, who waits in the queue."""
