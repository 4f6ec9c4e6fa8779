from .doors import check_check as check_check
from .doors import check_clusterer as check_clusterer
from .doors import check_conf as check_conf
from .doors import check_feature_set as check_feature_set
from .doors import check_source as check_source
