//! The program `course-kernel`: see `course-kernel --help`.

fn main() -> std::process::ExitCode {
    course_kernel::main()
}
