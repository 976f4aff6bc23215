"""Training of the models that ``extractor`` uses: simulated reports, examples, fitting and calibration."""
