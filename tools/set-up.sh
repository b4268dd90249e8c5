#!/usr/bin/env bash
# Set up what a job needs: tools/set-up.sh PART…, with the parts java (only checked), run, report, dev,
# linkage, demo, data (the packages of locks/PART.txt, in .venv) and jars (those of locks/jars.conf, in .jars).
# spark-submit.sh calls this before every job; where all is there, it only compares stamps.
# Exit code 69, with one line that says what, when the machine lacks something.
# Bash 3.2 (macOS) must be able to run this file.
set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$root/.venv
build=$root/.build
log=$build/setup.log

say() { printf 'Clientela: %s\n' "$*" >&2; }
lacking() { say "$*" && exit 69; }

# --- What the machine must bring: Python and Java ------------------------------------------------

find_python() { # sets $python; needed only while setting up
  local candidate found=''
  local -a candidates=(python3 python3.14 python3.13 python3.12 python3.11 python3.10 python)
  if [ -n "${CLIENTELA_PYTHON:-}" ]; then candidates=("$CLIENTELA_PYTHON"); fi
  for candidate in "${candidates[@]}"; do
    python=$(command -v "$candidate") || continue
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      "$python" -c 'import venv, ensurepip' 2>/dev/null || lacking "Python at $python lacks the" \
        "module venv. Install e.g. python3-venv (Debian/Ubuntu) or set CLIENTELA_PYTHON."
      return
    fi
    [ -n "$found" ] || found="; found $("$python" --version 2>&1 | head -n 1) at $python"
  done
  lacking "needs Python 3.10 or later${found:-; found none${CLIENTELA_PYTHON:+ at $CLIENTELA_PYTHON}}." \
    "Install e.g. python3 and python3-venv (Debian/Ubuntu) or set CLIENTELA_PYTHON."
}

check_java() { # Spark 4 runs on Java 17 and 21
  local java major remedy='Install e.g. openjdk-17-jre-headless (Debian/Ubuntu) or set JAVA_HOME.'
  java=$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java") ||
    lacking "needs Java 17 or 21; found none${JAVA_HOME:+ in JAVA_HOME=$JAVA_HOME}. $remedy"
  major=$("$java" -version 2>&1 | sed -n 's/.* version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1)
  case $major in
    17 | 21) ;;
    *) lacking "needs Java 17 or 21; found ${major:+Java }${major:-no working Java} at $java. $remedy" ;;
  esac
}

# --- Set-up: each part is whole when its stamp, a copy of its lock file written last, is current ---

same() { [ -f "$2" ] && [ "$(<"$1")" = "$(<"$2")" ]; }

ready() {
  case $1 in
    java) check_java ;;
    jars) same "$root/locks/jars.sha256" "$root/.jars/jars.sha256" ;;
    *) [ -x "$venv/bin/python" ] && same "$root/locks/$1.txt" "$venv/$1.lock" ;;
  esac
}

make_venv() {
  say 'first use: installing Python packages into .venv (about a minute) …'
  rm -rf "$venv" # whatever is there is unfinished, or made from another lock
  "$python" -m venv "$venv" >>"$log" 2>&1 ||
    lacking "could not make .venv with $python; its output is in $log"
  pip_install build # pyspark comes as source: what builds it is locked too, hence no isolation below
  pip_install run
}

pip_install() { # pip_install LOCK
  local stamp=$venv/$1.lock
  local -a options=(--quiet --no-input --disable-pip-version-check --require-hashes --no-deps --no-build-isolation)
  # A stamp that is not current means an interrupted or outdated installation: replace its files.
  if [ -e "$stamp" ]; then options+=(--force-reinstall); fi
  if [ ! -w "${HOME:-/nowhere}" ]; then options+=(--no-cache-dir); fi
  echo unfinished >"$stamp"
  PIP_USER=0 "$venv/bin/python" -m pip install "${options[@]}" -r "$root/locks/$1.txt" >>"$log" 2>&1 ||
    lacking "could not install the packages of locks/$1.txt. Is the Python package index" \
      "reachable (pip's own settings apply)? pip's output is in $log"
  cp "$root/locks/$1.txt" "$stamp"
}

fetch_jars() { # by Spark's own resolver, then only what locks/jars.sha256 lists
  local sum name check='sha256sum' new=$build/jars.new
  say 'first use: fetching the Delta jars into .jars …'
  command -v sha256sum >/dev/null || check='shasum -a 256'
  rm -rf "$build/ivy" "$new"
  mkdir -p "$build/ivy" "$new"
  : >"$build/ivy/empty.py" # Spark resolves jars only for an application
  for SPARK_HOME in "$venv"/lib/python3.*/site-packages/pyspark; do export SPARK_HOME; done
  "$SPARK_HOME/bin/spark-submit" --master 'local[1]' --properties-file "$root/locks/jars.conf" \
    --conf "spark.jars.ivy=$build/ivy" "$build/ivy/empty.py" >>"$log" 2>&1 ||
    lacking "could not fetch the Delta jars. Is Maven Central reachable? Spark's output is in $log"
  while read -r sum name; do
    mv "$build/ivy/jars/$name" "$new/" 2>>"$log" || lacking "the jar $name was not fetched; see $log"
  done <"$root/locks/jars.sha256"
  (cd "$new" && $check -c "$root/locks/jars.sha256") >>"$log" 2>&1 ||
    lacking "the fetched jars differ from locks/jars.sha256 ($sum and others); see $log"
  cp "$root/locks/jars.sha256" "$new/"
  rm -rf "$root/.jars" "$build/ivy" && mv "$new" "$root/.jars"
}

missing=''
for part in "$@"; do ready "$part" || missing="$missing $part"; done
[ -n "$missing" ] || exit 0

find_python
unset PYTHONHOME PYTHONPATH SPARK_CONF_DIR
export PYSPARK_PYTHON=$venv/bin/python PYSPARK_DRIVER_PYTHON=$venv/bin/python
mkdir -p "$build"
# The kernel frees this lock when the last process that holds descriptor 9 ends, however it ends, so
# no lock of a dead process is ever left. Python takes it, since macOS has no command for that.
exec 9>"$build/setup.lock"
"$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null || {
  say 'waiting for another process to finish setting up …'
  "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
}
: >"$log"
for part in "$@"; do
  if ready "$part"; then continue; fi
  case $part in
    run) make_venv ;;
    jars) fetch_jars ;;
    *)
      say "first use: installing the packages of locks/$part.txt into .venv …"
      pip_install "$part" ;;
  esac
done
