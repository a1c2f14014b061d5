import subprocess
import sys

from tests.docs.pages import ROOT


def test_generated_sections_say_what_the_code_says() -> None:
    # In a process of its own: reading the workload's registries imports Locust, which patches the whole process.
    command = [sys.executable, "-m", "docs.generate", "--check"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
