"""The steps from each released schema of the state to the next: `to_N.upgrade(op)` brings schema N-1 to N.

A step is written with Alembic's operations, so that one text serves SQLite and PostgreSQL, and never imports the tables
as they are today: those move on, a released step stays as it was.
"""
