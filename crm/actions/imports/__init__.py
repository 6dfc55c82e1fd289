"""A ledger on its way into the register.

batches     upload, choose how to read it, keep what was read
judging     rows against the register: what each would do
rows        correct a cell, decide a row
apply       one transaction; writing.py makes the rows
undo        take a whole batch back
"""
