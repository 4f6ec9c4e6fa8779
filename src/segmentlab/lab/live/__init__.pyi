from .body import read_lines as read_lines
from .purchase import Purchase as Purchase
from .purchase import RefusedError as RefusedError
from .start import serve_purchases as serve_purchases
