"""We Defend: raise the alarm for people in danger, and count who answers."""
