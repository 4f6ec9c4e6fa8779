"""The lab notebook: notes whose commands run and whose tables are made from the store."""
