"""The rules of cleaning, one file per family. A recipe in `conf/cleaning` lists them in order.

A line leaves under the first rule that takes it, and later rules see it marked (see `single_lines`).
"""
