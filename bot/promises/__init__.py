"""Promises: published service standards, the working-day calendar, and the clocks that prove them."""
