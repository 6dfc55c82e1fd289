"""The declarations of the schema, one file a banner of crm/models.py. No queries, no request, no serialisation."""
