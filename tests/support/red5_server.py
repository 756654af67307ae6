"""Red5, the server, from its published parts: see red5/Red5.java.

red5/install.sh puts it into build/red5; tests/run.sh calls that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from peers import Server
from processes import REPOSITORY

SOURCE = Path(__file__).with_name("red5")
INSTALLED = REPOSITORY / "build" / "red5"


def class_path() -> str:
    """The jars and the server made of them, if they are those that SOURCE wants."""
    poms = [folder / "pom.xml" for folder in (SOURCE, INSTALLED)]
    server = INSTALLED / "classes" / "Red5.class"
    if (not server.exists() or not poms[1].exists()
            or poms[0].read_bytes() != poms[1].read_bytes()
            or server.stat().st_mtime < (SOURCE / "Red5.java").stat().st_mtime):
        raise RuntimeError(f"Red5 is not, or not wholly, in {INSTALLED}: run {SOURCE}/install.sh")
    return f"{INSTALLED}/*:{INSTALLED}/classes"


class Red5(Server):
    """Red5 with one application, "live". Its persistent objects outlive it in `directory`."""

    start_limit = 60.0  # two seconds of a core, which a busy machine may not give it soon

    def _argv(self) -> Sequence[str]:
        # Settings for a short life beside the programs under test.
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m",
                f"-Djava.io.tmpdir={self.directory}", "-cp", class_path(), "Red5", str(self.port)]
