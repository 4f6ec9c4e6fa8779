"""What people look at: figures, their PNGs, and the one-page report."""
