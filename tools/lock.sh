#!/usr/bin/env bash
# Make the lock files anew: tools/lock.sh [options of uv pip compile, e.g. --upgrade]. Needs uv (pip install uv)
# and, for the list of jars, the .venv that ./spark-submit.sh makes. Review the difference before committing it.
set -euo pipefail
cd "$(dirname -- "$0")/../locks"

compile() {
  local name=$1
  shift
  # Hashes of every platform's files, for Python 3.10 and later. No address of an index is written.
  uv pip compile --quiet --universal --generate-hashes --python-version 3.10 \
    --custom-compile-command tools/lock.sh "$name.in" --output-file "$name.txt" "$@"
}
compile build "$@"
compile run "$@"
compile report --constraints run.txt "$@"
compile dev --constraints run.txt --constraints report.txt "$@"
compile linkage --constraints run.txt --constraints dev.txt "$@"
compile data --no-deps "$@"
compile demo --no-deps "$@" # only its data files are read; its own dependencies would not fit ours

ivy=$(mktemp -d)
trap 'rm -rf "$ivy"' EXIT
: >"$ivy/empty.py"
for SPARK_HOME in "$PWD"/../.venv/lib/python3.*/site-packages/pyspark; do export SPARK_HOME; done
PYSPARK_PYTHON=$PWD/../.venv/bin/python "$SPARK_HOME/bin/spark-submit" --properties-file jars.conf \
  --conf "spark.jars.ivy=$ivy" "$ivy/empty.py"
(cd "$ivy/jars" && sha256sum ./*.jar | sed 's#\./##') >jars.sha256
cat jars.sha256
