from .database import HistoryDatabase as HistoryDatabase, HistorySession as HistorySession
from .file import OutputFile as OutputFile
from .manifest import OUTPUT_COLUMNS as OUTPUT_COLUMNS, compare_scorings as compare_scorings, count_segment_sizes as count_segment_sizes, write_manifest as write_manifest
from .table import OutputTable as OutputTable
