"""What was computed from unchanged data by unchanged code, kept from run to run."""
