"""What a ledger's row becomes in the register, decided without a database.

settings    how a batch is imported: mode, key, day of the ledger, what may be assumed
entry       a row in the register's terms: texts, whole yuan, days; kept as JSON in import_row
reading     the one module that knows the shape of rules/ledger: rows -> entries, findings and cells
directory   names to rows: industries, areas, units, people, exchange rates
history     a stage's wording and its days -> moves, contracts, claims
proposal    what is to be written, compared with what the register has
decision    create, update, skip, or ask
"""
