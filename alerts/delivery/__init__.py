"""The one door to providers: compile a mail once, fill it for many, hand it over, class the answers."""
