#!/usr/bin/env bash
# Judges one exercise of the checkout in which Classroom 50 starts it: exit code 0 if it earns all points. Lies beside
# tests.json in the assignment's bundle (`<classroom>/autograders/<assignment>/`), which comes from the instructor's site.
#   check.sh prepare    fetches and builds the grader
#   check.sh E6.1       judges
set -euo pipefail

# CHANGE: your copy of the course, which runners can read, and the commit that judges.
REPOSITORY=${COURSE_REPOSITORY:-https://github.com/example/replication-course}
COMMIT=${COURSE_COMMIT:-0000000000000000000000000000000000000000}

checkout=$PWD
home=${RUNNER_TEMP:-/tmp}/replication-course
# Never in the checkout: cargo and rustup obey files that they find around them.
cd /

case ${1:?name an exercise} in
  prepare)
    git init --quiet "$home"
    git -C "$home" fetch --quiet --depth 1 "$REPOSITORY" "$COMMIT"
    git -C "$home" checkout --quiet FETCH_HEAD
    if ! command -v bwrap > /dev/null; then
      sudo apt-get update && sudo apt-get install --yes --no-install-recommends bubblewrap
    fi
    # Ubuntu 24.04 forbids user namespaces to programs without a profile.
    sudo sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0 || true
    cd "$home"
    cargo build --locked --package grader --features cli --bin course
    ;;
  *)
    class=$(mktemp -d)
    trap 'rm -rf "$class"' EXIT
    # An archive, which the grader reads in memory: nothing of the checkout is run, followed or unpacked.
    tar --create --file "$class/submission.tar" --exclude=./.git --exclude=./.github --directory "$checkout" .
    cd "$home"
    # shellcheck disable=SC2086 # several options
    results=$("${COURSE:-target/debug/course}" grade "$class" --exercise "$1" --results "${COURSE_RESULTS:-$home/.course/classroom50}" --json ${GRADE_OPTIONS:-})
    jq --raw-output '.learners[0] | .problem // (.exercises[0] | "\(.exercise) \(.title): \(.points) of \(.max_points) points, \(.outcome)")' <<< "$results"
    jq --exit-status '.learners[0] | .points != null and .points == .max_points' <<< "$results" > /dev/null
    ;;
esac
