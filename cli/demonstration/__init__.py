"""`mandat demo`: a charter lives its whole life before the reader's eyes, another is left to expire.

Everything is the real thing on a clock of its own: the acts pass the door, the calendar runs
through the Prefect flows, and letters travel by yagmail through an SMTP server that writes down
what it gets.
"""

import shutil
from pathlib import Path

from cli.demonstration.cast import readers_own
from cli.demonstration.play import play
from cli.demonstration.postbox import postbox
from cli.demonstration.stage import settings_for, stage_in


def demonstrate(folder: Path, charter: Path | None) -> None:
    """Live the life in `folder`, which is emptied first, with the reader's own `charter` if given."""
    first_text = readers_own(charter) if charter else None
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "papers").mkdir(parents=True)
    with postbox(folder / "mail") as port:
        settings = settings_for(folder, port)
        with stage_in(settings, folder) as stage:
            play(stage, first_text)
            stage.report()
