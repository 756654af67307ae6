"""Fixtures of the integration tests. A missing peer is an error: nothing is skipped here."""

import os
import shutil
import tempfile
from pathlib import Path

import processes
import pytest
from clips import Clips


@pytest.fixture(scope="session")
def clips() -> Clips:
    """Test clips, kept in MULTICONNECTION_CLIPS (by default build/clips) between runs."""
    default = processes.REPOSITORY / "build" / "clips"
    return Clips(Path(os.environ.get("MULTICONNECTION_CLIPS", default)))


@pytest.fixture
def directory(request):
    """A folder of the test's own, removed afterwards unless MULTICONNECTION_KEEP is set."""
    path = Path(tempfile.mkdtemp(prefix="multiconnection-test-"))
    yield path
    if "MULTICONNECTION_KEEP" in os.environ:
        print(f"kept {path} of {request.node.name}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(autouse=True)
def _end_processes():
    """Ends by process id what a test left running."""
    processes.started.clear()
    yield
    for process in processes.started:
        process.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the logs of a failed test's processes to its report."""
    report = (yield).get_result()
    if report.failed:
        for process in processes.started:
            if process.log_path.exists():
                report.sections.append((f"log of {process.name} (pid {process.pid})",
                                        process.log()))
