from .features import FeatureCache as FeatureCache
from .keys import compute_code_digest as compute_code_digest
from .log_copies import LogCopies as LogCopies
