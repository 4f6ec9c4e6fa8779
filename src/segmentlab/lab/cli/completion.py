"""Completion in bash, by `eval "$(segmentlab -sc install=bash)"`: the tab key knows commands and choices."""

import os
from collections.abc import Sequence
from typing import Final

# What the shell asks for is the last word up to the cursor; it parts words at `=` as well.
BASH_SCRIPT: Final = """\
_segmentlab() {
    local line=${COMP_LINE:0:COMP_POINT}
    local word=${line##*[[:space:]]}
    COMPREPLY=($(compgen -W "$(COMP_LINE=$line ${COMP_WORDS[0]} -sc query=bash 2>/dev/null)" -- "$word"))
    if [[ $word == *=* && $COMP_WORDBREAKS == *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*=}"}"}")
    fi
}
complete -o nospace -o default -F _segmentlab segmentlab
"""
COMPLETION_FLAGS: Final = ("-sc", "--shell-completion")


def find_unfinished_command(commands: Sequence[str]) -> str | None:
    """The command whose choices are to be completed; none while the command itself is being typed.

    Hydra completes the line of a program that is one word, so it is handed the line without the command.
    """
    line = os.environ.get("COMP_LINE", "")
    program, _, rest = line.lstrip().partition(" ")
    command, space, choices = rest.lstrip().partition(" ")
    if command not in commands or not space:
        return None
    os.environ["COMP_LINE"] = f"{program} {choices}"
    return command
