"""The staff: who they are, how they log in, what they may do, and the journal of what they did."""
