"""The door, ``spark-submit.sh``: what it starts, what it sets up, what it says is missing.

Each test runs a copy of the script in a folder with a space in its name, with nothing on PATH but
a few system tools and fakes of Python and Java. No test reaches a network or starts a JVM.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tools.pack import pack

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_TOOLS = (
    *("awk", "basename", "bash", "cat", "chmod", "cp", "dirname", "env", "head", "ln", "mkdir"),
    *("mv", "readlink", "rm", "sed", "sha256sum", "shasum", "sleep", "sysctl"),
)
JARS = {"delta-one.jar": b"one", "delta-two.jar": b"two"}

FAKE_JAVA = """#!/usr/bin/env bash
echo 'openjdk version "{version}" 2025-04-15' >&2
"""
OLD_PYTHON = """#!/usr/bin/env bash
case $1 in --version) echo 'Python 3.8.18' ;; *) exit 1 ;; esac
"""
BARE_PYTHON = """#!/usr/bin/env bash
case $2 in *venv*) exit 1 ;; esac
"""
# Makes an environment whose Python is itself, installs by writing a line, and shows what it is
# asked to run. It fails to install while the file "no-network" exists.
FAKE_PYTHON = """#!/usr/bin/env bash
case "$1 $2" in
  -c*) exec "{python}" "$@" ;;
  '-m venv')
    echo venv >>"{calls}"
    spark=$3/lib/python3.11/site-packages/pyspark/bin
    mkdir -p "$3/bin" "$spark"
    cp "$0" "$3/bin/python"
    cp "{calls}.spark" "$spark/spark-submit" ;;
  '-m pip')
    [ ! -e "{calls}.no-network" ] || {{ echo 'a trace'; exit 1; }}
    sleep 0.2
    echo "pip ${{@: -1}}" >>"{calls}" ;;
  -I*) exec "{python}" "$@" ;;
  *) exec "{python}" -c 'import json, os, sys; print(json.dumps(
       {{"args": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd()}}
     )); sys.exit(int(os.environ.get("FAKE_EXIT", 0)))' "$@" ;;
esac
"""
FAKE_RESOLVER = """#!/usr/bin/env bash
echo jars >>"{calls}"
for argument in "$@"; do case $argument in spark.jars.ivy=*) ivy=${{argument#*=}} ;; esac; done
mkdir -p "$ivy/jars"
printf one >"$ivy/jars/delta-one.jar"
printf two >"$ivy/jars/delta-two.jar"
printf three >"$ivy/jars/not-listed.jar"
"""


@dataclass
class Door:
    """A copy of the project's door, with fakes around it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.folder / "my clientela"

    @property
    def caller(self) -> Path:
        return self.folder / "the caller"

    @property
    def calls(self) -> Path:
        return self.folder / "calls"

    def fake(self, name: str, text: str) -> Path:
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def command(self, *arguments: str) -> list[str]:
        return [str(self.root / "spark-submit.sh"), *arguments]

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.env | env,
            cwd=self.caller,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def planned(self, *arguments: str) -> list[str]:
        done = self.run(*arguments, CLIENTELA_DRY_RUN="1")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    def lacks(self, *arguments: str, **env: str) -> str:
        """Run, expect exit code 69 and return the last line of stderr; the others tell progress."""
        done = self.run(*arguments, **env)
        *progress, last = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (69, "")
        assert all(line.endswith("…") for line in progress), done.stderr
        return last

    def done_so_far(self) -> list[str]:
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line.replace(f"{self.root}/locks/", "") for line in lines]


@pytest.fixture
def door(tmp_path: Path) -> Door:
    made = Door(tmp_path)
    for folder in (made.root / "jobs", made.root / "conf", made.caller, tmp_path / "bin"):
        folder.mkdir(parents=True)
    for name in SYSTEM_TOOLS:
        if found := shutil.which(name):
            (tmp_path / "bin" / name).symlink_to(found)
    shutil.copy2(ROOT / "spark-submit.sh", made.root)
    for name in ("tools", "locks"):
        shutil.copytree(ROOT / name, made.root / name)
    sums = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in JARS.items())
    (made.root / "locks" / "jars.sha256").write_text("".join(sums))
    made.env = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    made.fake("java", FAKE_JAVA.format(version="17.0.15"))
    made.fake("python3", FAKE_PYTHON.format(python=sys.executable, calls=made.calls))
    Path(f"{made.calls}.spark").write_text(FAKE_RESOLVER.format(calls=made.calls))
    Path(f"{made.calls}.spark").chmod(0o755)
    return made


def test_a_wrong_java_is_named_in_one_line(door: Door) -> None:
    java = door.fake("java", FAKE_JAVA.format(version="25.0.1"))
    assert door.lacks("daily") == (
        f"Clientela: needs Java 17 or 21; found Java 25 at {java}. "
        "Install e.g. openjdk-17-jre-headless (Debian/Ubuntu) or set JAVA_HOME."
    )


def test_the_old_numbering_of_java_is_understood(door: Door) -> None:
    door.fake("java", FAKE_JAVA.format(version="1.8.0_392"))
    assert "found Java 8 at" in door.lacks("daily")


def test_a_missing_java_is_said(door: Door) -> None:
    (door.folder / "bin" / "java").unlink()
    assert "needs Java 17 or 21; found none. Install" in door.lacks("daily")


def test_a_java_that_only_complains_is_said(door: Door) -> None:
    door.fake("java", "#!/usr/bin/env bash\necho 'Unable to locate a Java Runtime.' >&2; exit 1\n")
    assert "found no working Java at" in door.lacks("daily")


def test_java_home_goes_before_path(door: Door) -> None:
    assert "found none in JAVA_HOME=/nowhere" in door.lacks("daily", JAVA_HOME="/nowhere")


def test_an_old_python_is_named_in_one_line(door: Door) -> None:
    old = door.fake("python3", OLD_PYTHON)
    assert door.lacks("daily") == (
        f"Clientela: needs Python 3.10 or later; found Python 3.8.18 at {old}. "
        "Install e.g. python3 and python3-venv (Debian/Ubuntu) or set CLIENTELA_PYTHON."
    )


def test_a_newer_python_under_another_name_is_found(door: Door) -> None:
    (door.folder / "bin" / "python3").rename(door.folder / "bin" / "python3.12")
    door.fake("python3", OLD_PYTHON)
    assert door.run("daily").returncode == 0


def test_a_missing_python_is_said(door: Door) -> None:
    (door.folder / "bin" / "python3").unlink()
    assert "needs Python 3.10 or later; found none. Install" in door.lacks("daily")
    named = door.lacks("daily", CLIENTELA_PYTHON="/nowhere/python")
    assert "found none at /nowhere/python. Install" in named


def test_a_python_without_venv_is_said(door: Door) -> None:
    door.fake("python3", BARE_PYTHON)
    assert "lacks the module venv. Install e.g. python3-venv" in door.lacks("daily")


def test_without_network_one_line_names_the_log_and_the_next_try_goes_on(door: Door) -> None:
    no_network = Path(f"{door.calls}.no-network")
    no_network.touch()
    assert door.lacks("daily").endswith(f"output is in {door.root}/.build/setup.log")
    assert "a trace" in (door.root / ".build" / "setup.log").read_text()
    no_network.unlink()
    assert door.run("daily").returncode == 0


def test_options_before_the_job_are_for_spark_and_those_after_it_for_the_job(door: Door) -> None:
    given = ["--master", "local[1]", "--name", "daily", "-v", "--conf", "a=b", "--queue=q"]
    planned = door.planned(*given, "daily", "--as-of", "2020-01-01", "--conf", "over lay.yaml")
    assert planned[0] == "spark-submit"
    start = planned.index("--name")
    assert planned[start : start + 7] == ["--name", "daily", "-v", "--conf", "a=b", "--queue", "q"]
    application = planned.index(f"{door.root}/jobs/run.py")
    assert planned[application + 1 :] == [
        *("daily", "--as-of", "2020-01-01", "--conf", "over lay.yaml")
    ]


@pytest.mark.parametrize(
    ("given", "master"),
    [
        ([], "local[*]"),
        (["--master", "local[1]"], "local[1]"),
        (["--master=local[1]"], "local[1]"),
        (["--conf", "spark.master=local[1]"], "local[1]"),
        (["--conf=spark.master=spark://a:7077"], "spark://a:7077"),
        (["-c", "spark.master=yarn", "--deploy-mode", "cluster"], "yarn"),
    ],
)
def test_there_is_one_master(door: Door, given: list[str], master: str) -> None:
    planned = door.planned(*given, "daily")
    assert planned[planned.index("--master") + 1] == master
    assert planned.count("--master") == 1
    assert not [word for word in planned if word.startswith("spark.master")]
    memory = [word for word in planned if word.startswith("spark.driver.memory=")]
    assert bool(memory) == master.startswith("local")


def test_the_callers_conf_comes_after_ours_and_so_wins(door: Door) -> None:
    planned = door.planned("--conf", "spark.ui.enabled=true", "daily")
    assert planned.index("spark.ui.enabled=false") < planned.index("spark.ui.enabled=true")


def test_the_callers_jars_and_files_join_ours(door: Door) -> None:
    given = ["--jars", "a.jar", "--conf", "spark.jars=b.jar", "--py-files=c.zip"]
    planned = door.planned(*given, "daily")
    ours = [f"{door.root}/.jars/{name}" for name in JARS]
    assert planned[planned.index("--jars") + 1].split(",") == ["a.jar", "b.jar", *ours]
    zips = planned[planned.index("--py-files") + 1].split(",")
    assert zips == ["c.zip", f"{door.root}/.build/clientela.zip"]


def test_a_file_of_properties_may_set_what_ours_would_hide(door: Door) -> None:
    planned = door.planned("--properties-file", "p.conf", "daily")
    assert not [word for word in planned if word.startswith(("spark.driver.", "spark.ui."))]
    assert "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension" in planned


@pytest.mark.parametrize(
    "given",
    [
        ["--conf"],
        ["--conf", "a=b"],
        ["--conf", "a=b", "test"],
        ["--conf", "chain.yaml", "daily"],
        ["--conf=chain.yaml", "daily"],
        ["--master", "sparks://a:7077", "daily"],
        ["--conf", "spark.master=locally", "daily", "--as-of"],
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(door: Door, given: list[str]) -> None:
    done = door.run(*given, CLIENTELA_DRY_RUN="1")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_help_needs_no_java(door: Door) -> None:
    (door.folder / "bin" / "java").unlink()
    for given, asked in (
        (["--help"], ["--help"]),
        (["-h"], ["--help"]),
        (["daily", "--help"], ["daily", "--help"]),
    ):
        done = door.run(*given)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["args"][1:] == asked
    done = door.run()
    assert done.returncode == 2
    assert json.loads(done.stdout)["args"][1:] == ["--help"]


def test_a_job_gets_the_options_the_folder_and_the_environment_it_should(door: Door) -> None:
    awkward = 'spark.x=it\'s "a" $HOME & \\b'
    given = ["--conf", awkward, "daily", "--input", "my files/a b.csv"]
    hostile = {"SPARK_HOME": "/other", "PYTHONPATH": "/other", "PYSPARK_DRIVER_PYTHON": "jupyter"}
    done = door.run(*given, **hostile, FAKE_EXIT="7")
    assert done.returncode == 7, done.stderr
    started = json.loads(done.stdout)
    run_py = f"{door.root}/jobs/run.py"
    assert started["args"] == [run_py, "daily", "--input", "my files/a b.csv"]
    assert started["cwd"] == str(door.caller)
    planned = door.planned(*given)
    submitted = shlex.split(started["env"]["PYSPARK_SUBMIT_ARGS"])
    assert submitted == [*planned[1 : planned.index(run_py)], "pyspark-shell"]
    assert awkward in submitted
    assert started["env"]["PYTHONPATH"] == str(door.root)
    assert started["env"]["SPARK_HOME"].startswith(f"{door.root}/.venv/lib/")
    assert started["env"]["PYSPARK_DRIVER_PYTHON"] == f"{door.root}/.venv/bin/python"


def test_a_cluster_runs_the_driver_by_spark_submit_itself(door: Door) -> None:
    planned = door.planned("--master", "yarn", "--deploy-mode", "cluster", "daily")
    assert "cluster" in planned
    assert not [word for word in planned if "log4j2" in word]
    assert door.run("--master", "yarn", "--deploy-mode", "cluster", "daily").returncode == 0
    # The fake spark-submit was run once to fetch the jars, and once instead of the fake Python.
    assert door.done_so_far()[-2:] == ["jars", "jars"]


def test_the_door_may_be_a_link(door: Door) -> None:
    (door.caller / "clientela").symlink_to("../my clientela/spark-submit.sh")
    planned = subprocess.run(
        ["./clientela", "daily"],
        env=door.env | {"CLIENTELA_DRY_RUN": "1"},
        cwd=door.caller,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{door.root}/jobs/run.py" in planned.stdout.splitlines()


def test_set_up_happens_once_and_keeps_only_the_listed_jars(door: Door) -> None:
    first, second = door.run("daily"), door.run("daily")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stderr.count("Clientela: first use:") == 2
    assert second.stderr == ""
    assert door.done_so_far() == ["venv", "pip build.txt", "pip run.txt", "jars"]
    assert sorted(path.name for path in (door.root / ".jars").iterdir()) == [
        *sorted(JARS),
        "jars.sha256",
    ]


def test_it_works_without_a_home(door: Door) -> None:
    del door.env["HOME"]
    assert door.run("daily").returncode == 0


def test_two_first_uses_at_once_set_up_once(door: Door) -> None:
    running = [
        subprocess.Popen(
            door.command("daily"), env=door.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    outputs = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], outputs
    assert door.done_so_far() == ["venv", "pip build.txt", "pip run.txt", "jars"]


def test_an_interrupted_set_up_is_not_taken_for_whole(door: Door) -> None:
    (door.root / ".venv" / "bin").mkdir(parents=True)
    half = door.root / ".venv" / "bin" / "python"
    half.write_text("#!/usr/bin/env bash\nexit 1\n")
    half.chmod(0o755)
    (door.root / ".venv" / "run.lock").write_text("unfinished\n")
    (door.root / ".jars").mkdir()
    (door.root / ".jars" / "delta-one.jar").write_text("half")
    assert door.run("daily").returncode == 0
    assert (door.root / ".jars" / "delta-one.jar").read_bytes() == JARS["delta-one.jar"]


def test_a_changed_lock_installs_again(door: Door) -> None:
    door.run("demo")
    assert door.done_so_far()[-2:] == ["pip demo.txt", "jars"]
    with (door.root / "locks" / "demo.txt").open("a") as lock:
        lock.write("# changed\n")
    door.run("demo")
    assert door.done_so_far()[-2:] == ["jars", "pip demo.txt"]
    with (door.root / "locks" / "run.txt").open("a") as lock:
        lock.write("# changed\n")
    door.run("demo")
    again = ["venv", "pip build.txt", "pip run.txt", "pip report.txt", "pip demo.txt"]
    assert door.done_so_far()[-5:] == again


def test_the_made_up_chain_needs_no_data(door: Door) -> None:
    door.run("demo", "--chain")
    assert "pip demo.txt" not in door.done_so_far()
    assert "pip report.txt" in door.done_so_far()


def test_only_what_writes_the_report_installs_its_packages(door: Door) -> None:
    door.run("daily")
    assert "pip report.txt" not in door.done_so_far()
    door.run("report")
    assert door.done_so_far()[-1] == "pip report.txt"


def test_only_the_probabilistic_search_installs_its_packages(door: Door) -> None:
    door.run("duplicates", "find")
    assert "pip linkage.txt" not in door.done_so_far()
    door.run("duplicates", "find", "--probabilistic")
    assert door.done_so_far()[-1] == "pip linkage.txt"


def test_jars_that_differ_from_the_list_are_refused(door: Door) -> None:
    listed = door.root / "locks" / "jars.sha256"
    listed.write_text(listed.read_text().replace(hashlib.sha256(b"two").hexdigest(), "0" * 64))
    assert "differ from locks/jars.sha256" in door.lacks("daily")
    assert not (door.root / ".jars").exists()


def test_tests_are_started_in_the_project_with_the_packages_they_need(door: Door) -> None:
    few, much = "slow and not much_data", "slow and much_data"
    for option, marker in (("--slow", few), ("--data", much)):
        picked = door.planned("test", option, "-k", "x y")
        assert picked[1:] == ["-m", "pytest", "-m", marker, "-k", "x y"]
        assert door.planned("test", option)[4:7] == [marker, "-n", "2"]
    started = json.loads(door.run("test", "-x").stdout)
    assert started["args"] == ["-m", "pytest", "-m", "not slow", "-x"]
    assert started["cwd"] == str(door.root)
    assert started["env"]["CLIENTELA_JARS"].count(f"{door.root}/.jars/delta-") == 2
    assert {"pip report.txt", "pip dev.txt", "pip demo.txt"} <= set(door.done_so_far())


def test_the_zip_holds_the_suite_and_depends_on_nothing_else(tmp_path: Path) -> None:
    archive = tmp_path / "clientela.zip"
    shipped = ["conf/base.yaml", "conf/report/page.html", "jobs/run.py"]
    for name in (*shipped, "jobs/__pycache__/run.pyc", "tests/test_x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert pack(tmp_path, archive)
    with zipfile.ZipFile(archive) as packed:
        assert packed.namelist() == shipped
    os.utime(tmp_path / "jobs" / "run.py", (0, 0))
    assert not pack(tmp_path, archive)
    (tmp_path / "jobs" / "run.py").unlink()
    assert pack(tmp_path, archive)
    assert [path.name for path in tmp_path.glob("*.zip*")] == ["clientela.zip"]


@pytest.mark.parametrize("name", ["build", "data", "demo", "dev", "report", "run"])
def test_locks_pin_what_was_asked_for_and_name_no_host(name: str) -> None:
    lock = (ROOT / "locks" / f"{name}.txt").read_text()
    pinned = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    asked = (ROOT / "locks" / f"{name}.in").read_text().splitlines()
    names = {line.split("=")[0].split("<")[0].strip().lower() for line in asked if line[0] != "#"}
    assert names <= pinned
    assert "://" not in lock
