"""SegmentLab: from raw retail transactions to customer segments that hold."""

__version__ = "0.1.0"
