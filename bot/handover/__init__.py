"""What officers do with a conversation, and what happens while they are away."""
