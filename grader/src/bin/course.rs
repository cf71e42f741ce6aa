//! The command `course`.
fn main() {}
