from .database import HistoryDatabase as HistoryDatabase
from .database import HistorySession as HistorySession
from .file import OutputFile as OutputFile
from .manifest import OUTPUT_COLUMNS as OUTPUT_COLUMNS
from .manifest import compare_scorings as compare_scorings
from .manifest import count_segment_sizes as count_segment_sizes
from .manifest import write_manifest as write_manifest
from .table import OutputTable as OutputTable
