"""All SQL: functions of a connection, one module a noun."""
