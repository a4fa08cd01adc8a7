"""What runs inside Rasa: language identification, featurizers, classifiers, and the server's entry point."""
