"""The knowledge base: approved articles, their store, their checks, and the matcher that finds them."""
