"""The e-mail channel: messages out by SMTP, or into a Maildir where no server is set."""

CHANNEL = "email"
