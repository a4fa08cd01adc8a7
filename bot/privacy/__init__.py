"""What citizens may ask of their data, and what time erases: forgetting, retention, export."""
