"""Papers: what is printed, pinned up or handed in, typeset to PDF by ourselves. Pure of the database."""
