"""One file per figure: a data step that tests check, then a drawing step that returns a Picture."""
