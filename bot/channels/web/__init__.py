"""The web channel: chat over HTTP by the Rasa REST convention, and the page on which one chats."""

WEB, REST = "web", "rest"
