"""The words that dialogues recognize, and the dates that citizens write."""
