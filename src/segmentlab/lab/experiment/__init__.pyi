from .provenance import collect_provenance as collect_provenance
from .provenance import name_run as name_run
from .provenance import write_command as write_command
from .study_order import build_study_order as build_study_order
from .tune import TunedPlan as TunedPlan
from .tune import tune_plan as tune_plan
