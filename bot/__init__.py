"""Guichet: a bilingual inquiry desk that answers from approved articles and keeps published promises."""
