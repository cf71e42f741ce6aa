#!/usr/bin/env bash
# Gradescope runs this once, as root, while it builds the image. It needs the network; grading needs none.
set -euo pipefail
autograder=${AUTOGRADER:-/autograder}
course=$autograder/source/course

apt-get update
# A linker for what is compiled here and for what learners hand in; the sandbox.
apt-get install --yes --no-install-recommends bubblewrap build-essential ca-certificates curl
rm -rf /var/lib/apt/lists/*

if ! command -v cargo > /dev/null; then
  echo 'export RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:$PATH' \
    > "$autograder/source/environment"
  . "$autograder/source/environment"
  curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs \
    | sh -s -- -y --no-modify-path --profile minimal --default-toolchain "$(cat "$autograder/source/rust-version")"
fi

cd "$course"
cargo build --locked --release --package grader --features cli --bin course
# What was compiled on the way is not needed any more.
rm -rf target/release/deps target/release/build target/release/incremental
# The libraries that answers are linked to are built when the first answer is checked. Whether it is right does not matter
# here (exit code 1); that it could be checked does (exit code 2).
target/release/course check E6.1 || test $? -eq 1

# Solutions and, if there is one, the secret: nobody but root reads them.
chmod -R go-rwx "$autograder/source"
