"""The command line: one module per verb, loaded when it is called."""

from __future__ import annotations

import gc
import importlib
import os
import sys

import click

from cumulo.cli import output
from cumulo.errors import CumuloError, UsageError

# Each verb and its line in the help, so that `cumulo --help` loads none of them.
VERBS = {
    "new": "Make a new project.",
    "dev": "Run the whole system on this machine.",
    "synth": "Write the CloudFormation templates and code assets.",
    "check": "Judge the system against the guidelines.",
    "explain": "Say what a rule of check wants, and why.",
    "diff": "Show how the system differs from what is deployed.",
    "deploy": "Ship the system.",
    "remove": "Delete a deployed stage.",
    "invoke": "Call one function.",
    "logs": "Show the log lines of a stage.",
    "outputs": "Show the outputs of a stage.",
    "clock": "Show the time of a running stage, or move it.",
    "mail": "Read the e-mails that a running stage has sent.",
    "alarms": "Show the states of the alarms of a running stage.",
    "open": "Open an API or a page of a stage in the browser.",
    "secret": "Set, list and remove the values of secrets.",
    "seed": "Fill a stage with data for development.",
}

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
# New objects between two collections, instead of Python's 700: modules and declarations stay until the end, and looking
# for garbage among them, then and at the end, takes a tenth of a command's time.
COLLECTED_AFTER = 50_000


class _Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"cumulo.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader of a pipe has had enough (`cumulo logs | head`): nothing failed, so a script under
            # `pipefail` shall go on. There is nothing to flush to any more.
            output.discard()
            return 0

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(
    cls=_Verbs,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="cumulo", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, envvar="CUMULO_DEBUG", help="Show tracebacks of errors.")
def cumulo(debug: bool) -> None:
    """Serverless backends on AWS in Python: declare, check, run, test and ship."""
    if debug:
        os.environ["CUMULO_DEBUG"] = "1"


def main() -> None:
    """Run the command line and exit: 0 fine, 1 failed, 2 wrong usage."""
    gc.set_threshold(COLLECTED_AFTER)
    try:
        status = cumulo.main(standalone_mode=False)
        code = status if isinstance(status, int) else 0
    except CumuloError as problem:
        code = _report(problem)
    except click.ClickException as problem:
        problem.show(sys.stderr)
        code = problem.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except Exception as problem:
        code = _report(_failed_file(problem) or _unexpected(problem))
    gc.freeze()  # what is left goes with the process
    sys.exit(code)


def _failed_file(problem: Exception) -> CumuloError | None:
    """Return an error when a file or folder is to blame: missing, not writable, on a full disk."""
    if os.environ.get("CUMULO_DEBUG") or not isinstance(problem, OSError) or problem.filename is None:
        return None
    return CumuloError(
        problem.strerror or str(problem),
        where=os.fsdecode(problem.filename),
        hint="look at that path, who may write there, and the space that is left",
    )


def _unexpected(problem: Exception) -> CumuloError:
    if os.environ.get("CUMULO_DEBUG"):
        raise problem
    return CumuloError(
        f"unexpected {type(problem).__name__}: {problem}",
        hint="run it again with `cumulo --debug …` and report it",
    )


def _report(problem: CumuloError) -> int:
    if os.environ.get("CUMULO_DEBUG"):
        raise problem
    output.error(problem)
    return WRONG_USAGE if isinstance(problem, UsageError) else FAILED
