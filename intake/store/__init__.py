"""All SQL of the hub: tables, the group-commit writer, the parts of a unit of work, and migrations."""
