"""What may be wrong with segments: one class per check, in files by what they look at.

Importing a file registers its checks. A new check in one of them is found; a new file needs a line here.
"""

import segmentlab.evaluation.checks.features
import segmentlab.evaluation.checks.money
import segmentlab.evaluation.checks.names
import segmentlab.evaluation.checks.reliability
import segmentlab.evaluation.checks.sizes
import segmentlab.evaluation.checks.subscribers  # noqa: F401
