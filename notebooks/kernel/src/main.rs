//! The program `course-kernel`: see `course-kernel --help`.

fn main() -> std::process::ExitCode {
    // evcxr starts this program again as the process that runs the cells: then the hook never returns.
    evcxr::runtime_hook();
    course_kernel::command::main()
}
