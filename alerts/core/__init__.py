"""What every feature stands on: database, time, ids, tokens, text, languages, errors."""
