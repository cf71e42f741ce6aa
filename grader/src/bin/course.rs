//! The command `course`: see `course --help`.

fn main() -> std::process::ExitCode {
    grader::cli::main()
}
