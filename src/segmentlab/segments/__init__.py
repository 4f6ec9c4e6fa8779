"""What the segments are: who is in them and what they are worth."""
