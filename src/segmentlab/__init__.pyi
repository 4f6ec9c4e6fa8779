from .errors import ConfigError as ConfigError
from .errors import DataError as DataError
from .errors import SegmentLabError as SegmentLabError
from .errors import StoreError as StoreError
from .evaluation.checks.check import Check as Check
from .evaluation.checks.check import Finding as Finding
from .evaluation.checks.check import register_check as register_check
from .features.feature_set import Column as Column
from .features.feature_set import FeatureSet as FeatureSet
from .lab.experiment.frontdoor import look as look
from .lab.experiment.frontdoor import make_shop as make_shop
from .lab.experiment.frontdoor import segment as segment
from .lab.experiment.lab import Lab as Lab
from .lab.experiment.segmentation import Segmentation as Segmentation
from .lab.experiment.store import Model as Model
from .lab.experiment.store import load as load
from .lab.experiment.store import runs as runs
from .modelling.density import Dbscan as Dbscan
from .modelling.density import Hdbscan as Hdbscan
from .modelling.hierarchy import Hierarchical as Hierarchical
from .modelling.preparation import NormalScores as NormalScores
from .modelling.preparation import QuantileCaps as QuantileCaps
from .modelling.preparation import SignedLog as SignedLog
from .modelling.segmenter import Segmenter as Segmenter
from .modelling.umap_map import UmapMap as UmapMap

__version__: str
