# Where Rust is, for postBuild and start; both set `course`, the top folder of the clone. An image that brings Rust keeps
# its own. Otherwise it lies in the clone, like all that the course makes: a hub may mount another home folder.
# shellcheck shell=bash
if ! command -v cargo > /dev/null; then
  export CARGO_HOME="$course/.course/rust/cargo" RUSTUP_HOME="$course/.course/rust/rustup"
  export PATH="$CARGO_HOME/bin:$PATH"
fi
