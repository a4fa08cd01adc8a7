"""The life of a ticket: an inquiry that a person must answer, under a promise with a clock."""
