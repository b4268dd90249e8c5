#!/usr/bin/env bash
# The one door of Clientela. It sets up what a job needs on first use, then starts the job:
#
#   ./spark-submit.sh [spark-submit options] JOB [job options]
#   ./spark-submit.sh --help | JOB --help       help, without starting Java
#   ./spark-submit.sh test [--slow | --data] [pytest arguments]
#   ./spark-submit.sh [spark-submit options] bench [arguments]
#
# Exit codes: the job's own; 2 wrong usage; 69 the machine lacks something (one line says what).
# CLIENTELA_PYTHON names the Python that makes .venv; CLIENTELA_DRY_RUN=1 prints what would start,
# one argument a line. Bash 3.2 (macOS) must be able to run this file.
set -euo pipefail

source_file=${BASH_SOURCE[0]}
while [ -L "$source_file" ]; do # a link to this script, wherever it lies (macOS has no readlink -f)
  target=$(readlink "$source_file")
  case $target in /*) source_file=$target ;; *) source_file=$(dirname "$source_file")/$target ;; esac
done
root=$(CDPATH='' cd -- "$(dirname -- "$source_file")" && pwd -P)
venv=$root/.venv

misused() { printf 'Clientela: %s (./spark-submit.sh --help lists the jobs)\n' "$*" >&2 && exit 2; }

use_spark() { # the Spark of .venv, whatever else the caller's environment names
  unset PYTHONHOME PYSPARK_SUBMIT_ARGS PYSPARK_DRIVER_PYTHON_OPTS
  local home
  for home in "$venv"/lib/python3.*/site-packages/pyspark; do export SPARK_HOME=$home; done
  CLIENTELA_JARS=$(jar_list) # for sessions that tests and benchmarks start themselves
  export CLIENTELA_JARS PYTHONPATH=$root PYSPARK_DRIVER_PYTHON=$venv/bin/python
  export PYTHONSAFEPATH=1 # no module of the caller's folder takes the place of ours
  # On a cluster the workers' Python is the caller's to name; here it is ours.
  if [ "$local_master" = yes ]; then
    export PYSPARK_PYTHON=$venv/bin/python SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-127.0.0.1}
  fi
}

jar_list() { # the jars of the lock, by commas
  local name list=''
  while read -r _ name; do list="${list:+$list,}$root/.jars/$name"; done <"$root/locks/jars.sha256"
  printf '%s' "$list"
}

driver_memory() { # half of what this machine, or its container, has; between 2 and 8 GB
  local bytes limit
  bytes=$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo 2>/dev/null || echo 0) * 1024))
  [ "$bytes" -gt 0 ] || bytes=$(sysctl -n hw.memsize 2>/dev/null || echo 0)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  if [ "$limit" != max ] && [ "$limit" -lt "$bytes" ]; then bytes=$limit; fi
  awk -v b="$bytes" 'BEGIN { g = int(b / 2 ^ 31); print (g < 2 ? 2 : g > 8 ? 8 : g) "g" }'
}

# --- Starting something ---------------------------------------------------------------------------

start() { # start COMMAND…: instead of this script
  if [ -n "${CLIENTELA_DRY_RUN:-}" ]; then printf '%s\n' "$@" && exit 0; fi
  exec "$@"
}

launch() { # launch APPLICATION ARGUMENT…, with the options read from the command line
  local option arguments='' apostrophe="'" quoted="'\"'\"'" progress=false
  local log_settings=-Dlog4j2.configurationFile=$root/conf/log4j2.properties
  local -a all=(--master "$master"
    --conf spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension
    --conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog)
  if [ -t 2 ]; then progress=true; fi
  # Ours come first, since of two values of one conf spark-submit takes the later. A file of
  # properties would lose against any --conf, so what it may well tune is left to it.
  if [ "$properties_file" = no ]; then
    all+=(--conf spark.ui.enabled=false --conf "spark.ui.showConsoleProgress=$progress")
    # Java leaves methods as long as those that read a line in its interpreter unless told not to.
    local long_methods=-XX:-DontCompileHugeMethods
    all+=(--conf "spark.executor.defaultJavaOptions=$long_methods")
    if [ "$cluster_mode" = no ]; then # prepended to the caller's own spark.driver.extraJavaOptions
      all+=(--conf "spark.driver.defaultJavaOptions=-XX:+UseParallelGC $long_methods \"$log_settings\"")
    fi
    if [ "$local_master" = yes ]; then
      # Kept rows live in Java's old generation, two thirds of the memory. With Spark's own 0.6 they
      # leave so little of it to everything else that large runs ended in its collector.
      all+=(--conf spark.memory.fraction=0.5 --conf "spark.driver.memory=$(driver_memory)")
    fi
  fi
  all+=(${options[@]+"${options[@]}"} --jars "$jars$CLIENTELA_JARS" --py-files "$py_files$root/.build/clientela.zip")
  if [ -n "${CLIENTELA_DRY_RUN:-}" ]; then start spark-submit "${all[@]}" "$@"; fi
  "$venv/bin/python" -I "$root/tools/pack.py" "$root" "$root/.build/clientela.zip"
  if [ "$cluster_mode" = yes ]; then
    unset PYSPARK_DRIVER_PYTHON PYTHONPATH
    start "$SPARK_HOME/bin/spark-submit" "${all[@]}" "$@"
  fi
  # A driver on this machine runs as Python that starts spark-submit as its child, with the same
  # options: spark-submit as the parent would pour the job's stderr into its stdout, and hide the
  # terminal from it.
  for option in "${all[@]}"; do arguments="$arguments '${option//$apostrophe/$quoted}'"; done
  export PYSPARK_SUBMIT_ARGS="$arguments pyspark-shell"
  start "$venv/bin/python" "$@"
}

run_tests() { # run_tests [--slow|--data] [pytest argument]…: linters too, unless something is picked
  local marker='not slow' lint=yes
  case ${1:-} in
    --slow) marker='slow and not much_data' && lint=no && shift ;;
    --data) marker='slow and much_data' && lint=no && shift ;;
  esac
  # Two processes, each with a Spark of its own: one keeps two cores busy for two thirds.
  if [ $# -gt 0 ]; then lint=no; else set -- -n 2 --dist loadfile --no-loadscope-reorder; fi
  cd "$root"
  if [ "$lint" = yes ] && [ -z "${CLIENTELA_DRY_RUN:-}" ]; then
    "$venv/bin/python" -m ruff check . && "$venv/bin/python" -m ruff format --check . &&
      "$venv/bin/python" -m mypy || exit
  fi
  start "$venv/bin/python" -m pytest -m "$marker" "$@"
}

# --- The command line: options for spark-submit, the job, its options ----------------------------

options=() jars='' py_files='' master='local[*]' local_master=yes cluster_mode=no properties_file=no
without_job=no

read_option() { # read_option NAME VALUE: all go on to spark-submit; some this script must know
  case $1 in
    --conf | -c)
      case $2 in
        *=*) ;;
        *) misused "$1 $2: before a job Spark's settings stand, NAME=VALUE; a job's own FILE comes after the job" ;;
      esac
      case $2 in
        spark.master=*) read_option --master "${2#*=}" ;;
        spark.submit.deployMode=*) read_option --deploy-mode "${2#*=}" ;;
        spark.jars=*) read_option --jars "${2#*=}" ;;
        spark.submit.pyFiles=*) read_option --py-files "${2#*=}" ;;
        *) options+=(--conf "$2") ;;
      esac
      return ;;
    --master)
      case $2 in
        local | local[[-]* | spark://* | yarn | k8s://*) master=$2 && return ;;
        *) misused "--master $2: Spark knows local[N], spark://HOST:PORT, yarn and k8s://URL" ;;
      esac ;;
    --jars) jars=$jars$2, && return ;; # joined with ours: spark-submit takes only the last
    --py-files) py_files=$py_files$2, && return ;;
    --deploy-mode) if [ "$2" = cluster ]; then cluster_mode=yes; fi ;;
    --properties-file) properties_file=yes ;;
    --kill | --status) without_job=yes ;;
  esac
  options+=("$1" "$2")
}

job=''
if [ $# -eq 0 ]; then job=--none; fi
while [ -z "$job" ] && [ $# -gt 0 ]; do
  case $1 in
    --help | -h) job=--help ;;
    --version | --usage-error) without_job=yes options+=("$1") ;;
    --verbose | -v | --supervise) options+=("$1") ;;
    --*=*) read_option "${1%%=*}" "${1#*=}" ;;
    -*)
      [ $# -gt 1 ] || misused "the option $1 lacks its value"
      read_option "$1" "$2"
      shift ;;
    *) job=$1 ;;
  esac
  shift
done
case $master in local*) ;; *) local_master=no ;; esac

needs=run
case $job in
  --help | --none) set -- --help ;;
  '') [ "$without_job" = yes ] || misused 'no job is named' && needs='java run' ;;
  test | bench) needs='java run report dev linkage demo data jars' ;;
  demo) needs='java run report demo jars' ;;
  report | privacy) needs='java run report jars' ;; # both write pages
  *) needs='java run jars' ;;
esac
case $job:" $* " in
  --help:* | --none:* | test:* | bench:*) ;;
  *' --help '* | *' -h '*) needs=run ;; # the help of a job needs no Java
  duplicates:*' --probabilistic '*) needs='java run linkage jars' ;;
  demo:*' --chain '*) needs='java run report jars' ;; # what it reads it makes up
esac
# shellcheck disable=SC2086 # a list of words
[ -n "${CLIENTELA_DRY_RUN:-}" ] || "$root/tools/set-up.sh" $needs
use_spark

case $job in
  --help) start "$venv/bin/python" "$root/jobs/run.py" --help ;;
  --none) "$venv/bin/python" "$root/jobs/run.py" --help && exit 2 ;;
  '') start "$SPARK_HOME/bin/spark-submit" "${options[@]}" ;;
  test)
    [ ${#options[@]} -eq 0 ] || misused 'test takes no options for spark-submit'
    run_tests "$@" ;;
  bench) launch "$root/tests/benchmark/run.py" "$@" ;;
  *) launch "$root/jobs/run.py" "$job" "$@" ;;
esac
