"""The Rasa components of the pipeline, one module each; `config.yml` says why each is there."""
