"""PNGs of Plotly figures without a browser: a figure is drawn once, in Plotly, and painted by matplotlib.

`paint_png` paints the trace kinds of `traces.py` and the layout that our figures use. What it can't paint
raises, so that a new kind of figure never becomes an empty picture without anyone noticing.
"""
