"""Ranks the articles for a message: features, encoder, classifiers, thresholds, and their evaluation."""
