"""A wrong command line is told in a line or two; what may be a person's is not repeated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from jobs.errors import UsageError
from jobs.misuse import show_misuse
from jobs.run import cli

CODE = "529.982.247-25"  # a made-up CPF
ROOT = Path(__file__).resolve().parent.parent
START = (
    "from jobs.endings import told_to_people\n"
    "from jobs.session import start_session\n"
    "with told_to_people():\n"
    "    start_session('nothing')\n"
)


def told(capsys: pytest.CaptureFixture[str], *given: str) -> str:
    with pytest.raises(click.ClickException) as wrong:
        cli(given, prog_name="./spark-submit.sh", standalone_mode=False)
    show_misuse(wrong.value)
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["person", "show", CODE, "--by", "sac"], "a word was given that is neither a job nor"),
        (["person", CODE], "a word was given that is neither a job nor"),
        (["person", "show", "--cpf"], "Option '--cpf' requires an argument"),
        (["person", "show", "--code", CODE], "an option was given that this job does not have"),
        (["person", "show", f"--cpf{CODE}"], "an option was given that this job does not have"),
        (["life-cycle", CODE], "a word was given that is neither a job nor"),
        (["person", "show", "--cpf", CODE], "Missing option '--by'"),
        (["person", "correct", "--field", CODE], "what was given for '--field' is not understood"),
        (["duplicates", "merge", "--pair", CODE, "1"], "what was given for '--pair' is not"),
    ],
)
def test_a_value_of_a_job_that_is_given_people_is_not_repeated(
    capsys: pytest.CaptureFixture[str], given: list[str], said: str
) -> None:
    shown = told(capsys, *given)
    assert said in shown
    assert CODE not in shown


@pytest.mark.parametrize(
    "given",
    [
        ["person", "consent", "--by", "registry", "--cpf", CODE, "--channel", "all", "--why", "x"],
        ["person", "show", "--by", " Registry ", "--cpf", CODE],
        ["privacy", "export", "--by", "REGISTRY", "--cpf", CODE, "--out", "held"],
        ["privacy", "erase", "--by", "registry", "--requests", "."],
        ["duplicates", "merge", "--by", "registry", "--pair", "1", "2", "--why", "x"],
    ],
)
def test_nobody_speaks_in_the_name_of_the_registry(given: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        cli(given, prog_name="./spark-submit.sh", standalone_mode=False)
    told = "--by registry is what the registry itself says: name a desk or a person"
    assert str(refused.value) == told


def test_other_jobs_repeat_what_they_do_not_understand(capsys: pytest.CaptureFixture[str]) -> None:
    assert "yesterday" in told(capsys, "daily", "--as-of", "yesterday")


def test_spark_options_that_spark_refuses_are_wrong_usage() -> None:
    env = {**os.environ, "PYSPARK_SUBMIT_ARGS": "--no-such-option a pyspark-shell"}
    done = subprocess.run(
        [sys.executable, "-c", START],
        env={**env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("clientela: Spark did not start: ")
    assert "Traceback" not in done.stderr
