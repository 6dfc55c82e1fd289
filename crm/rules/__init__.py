"""Rules decide: pure functions over plain values. They know no database, no request and no clock."""
