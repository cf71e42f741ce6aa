//! The command `course` as the tests run it: cargo names a program to tests of its own package only.

fn main() -> std::process::ExitCode {
    grader::cli::main()
}
