//! The kernel as the tests run it: cargo names a program to tests of its own package only.

fn main() -> std::process::ExitCode {
    course_kernel::main()
}
