#!/usr/bin/env bash
# A class graded by an array of Slurm jobs, each a part of it. From the top folder of a clone that all nodes see:
#   cargo build --locked --release --package grader --features cli --bin course
#   target/release/course check E6.1    # builds the libraries that answers are linked to, once
#   sbatch --export=ALL,SUBMISSIONS=/home/me/week6,RESULTS=/home/me/week6-results grader/deploy/slurm.sh
# For another number of parts, `--array=1-20`. To run part 3 of 8 once more, `--array=3` and `SHARDS=8` in `--export`: it does
# only what it had not done.
#SBATCH --job-name=grading
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=02:00:00
#SBATCH --requeue
set -euo pipefail

: "${SUBMISSIONS:?name the folder of submissions}"
: "${RESULTS:?name a folder for the results, which all nodes see}"
: "${SLURM_ARRAY_TASK_ID:?start this by sbatch}"
COURSE=${COURSE:-target/release/course}
if [[ -z ${SHARDS:-} ]]; then
  # The array says how many parts there are, if it is the whole one.
  if [[ $SLURM_ARRAY_TASK_MIN != 1 || $SLURM_ARRAY_TASK_COUNT != "$SLURM_ARRAY_TASK_MAX" ]]; then
    echo "this array does not begin at 1 or has gaps: say of how many parts it is some, SHARDS=8" >&2
    exit 2
  fi
  SHARDS=$SLURM_ARRAY_TASK_COUNT
fi
part=$SLURM_ARRAY_TASK_ID
mkdir -p "$RESULTS"
# bubblewrap needs user namespaces; where a node has none, the grader says so and grades nothing.
# shellcheck disable=SC2086 # several options
"$COURSE" grade "$SUBMISSIONS" --shard "$part/$SHARDS" --results "$RESULTS/kept" --json ${GRADE_OPTIONS:-} \
  > "$RESULTS/.part-$part.json"
# The file of a part is there when the part is done.
mv "$RESULTS/.part-$part.json" "$RESULTS/part-$part.json"
