"""Which runs are better, said only where it can be said: ranks among like, and agreement of segments."""
