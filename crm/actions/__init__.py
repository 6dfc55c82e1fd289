"""Actions change rows, check the right and the rules first, and never commit: the view, the command or the job does, once."""
