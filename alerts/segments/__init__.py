"""Who to mail: rules a person can read, turned into SQL."""
