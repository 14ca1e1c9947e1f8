"""``cumulo open``: open an API or a page of a stage in the browser."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cumulo.cli import options, output


@click.command("open")
@click.argument("name", required=False)
@click.argument("path", required=False)
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@options.remote_option
@options.json_option
def command(
    name: str | None,
    path: str | None,
    project: Path | None,
    stage: str,
    region: str | None,
    profile: str | None,
    remote: bool,
    as_json: bool,
) -> None:
    """Open what is called NAME in the browser, at a PATH under it: cumulo open api /public/b/123.

    Without NAME it lists what can be opened: APIs, and outputs that are URLs. The URL is always printed; where there
    is no terminal or no browser that is all.
    """
    from cumulo.cli.reach import reach
    from cumulo.delivery.outputs import deployed_outputs
    from cumulo.delivery.pages import pages, url_of

    reached = reach(project, stage, region, profile, remote=remote)
    known = pages(reached.assembly, deployed_outputs(reached.assembly, reached.target))
    if name is not None:
        _open(url_of(known, name, path), as_json=as_json)
    elif as_json:
        output.json_data(known)
    else:
        width = max((len(one) for one in known), default=0)
        for one, url in known.items():
            output.data(f"{one:<{width}}  {url}")
        if not known:
            output.talk(f"there is nothing to open in {reached}")


def _open(url: str, *, as_json: bool) -> None:
    import webbrowser

    if as_json:
        output.json_data({"url": url})
        return
    output.data(url)
    if sys.stdout.isatty() and not webbrowser.open(url):
        output.talk("there is no browser here; open the URL yourself")
