"""Hand results on: to RevMan, metafor, FHIR, reference managers, office programs, and as one archive a treatment."""
