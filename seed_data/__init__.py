"""The demo's and the reference data, as CSV files that a person edits in Excel or WPS; README.md says what each file is.

crm/seeding finds them with importlib.resources, so they travel with the installed package.
"""
