"""One module a sheet: facts and layout in, a described sheet out (reports/sheet.py)."""
