"""What changes after a segmentation is in use: who moved, and whether the model still fits its customers."""
