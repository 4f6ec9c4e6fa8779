from .entry import COMMANDS as COMMANDS
from .entry import run_command as run_command
from .entry import run_named_command as run_named_command
from .run import run_experiment as run_experiment
from .screen import print_line as print_line
