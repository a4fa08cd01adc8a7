"""The people who work at the desk: who they are, how they are let in, what they may do, and what they did."""
