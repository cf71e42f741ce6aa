//! The command line of `course-kernel`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::execute::{self, Wish};
use crate::home::Home;
use crate::warm::{self, Warmth};
use crate::{DISPLAY_NAME, LANGUAGE, Trouble, serve};

#[derive(Parser)]
#[command(name = "course-kernel", about = "The notebook kernel of the replication course.")]
struct Line {
    /// The kernel's home: the template, the running kernels' folders.
    #[arg(long, global = true, value_name = "FOLDER", default_value = ".course/kernel")]
    home: PathBuf,
    /// Serve Jupyter: the connection file that it wrote.
    #[arg(long = "control_file", value_name = "FILE")]
    control_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Compile the lab for the notebooks, unless it is done.
    Warm {
        /// The clone of the course.
        #[arg(long, default_value = ".")]
        course: PathBuf,
        /// Do nothing; the exit code says whether it is done: 0 yes, 1 no.
        #[arg(long)]
        ask: bool,
    },
    /// Print the kernel's description for Jupyter (kernel.json).
    Describe,
    /// Execute notebooks and write or compare their outputs.
    Execute {
        /// The notebooks, in order.
        #[arg(required = true)]
        notebooks: Vec<PathBuf>,
        /// Compare with the outputs in the notebooks; write nothing.
        #[arg(long)]
        check: bool,
        /// Report progress as one JSON object a line.
        #[arg(long)]
        progress_json: bool,
        /// Stop a cell that runs longer than this many seconds.
        #[arg(long, default_value_t = 60)]
        limit: u64,
    },
    /// Started by `execute`.
    #[command(hide = true)]
    RunNotebook {
        /// The notebook.
        notebook: PathBuf,
        /// Where the record goes.
        answer: PathBuf,
        /// Seconds a cell may take.
        limit: u64,
    },
    /// Started by `warm`.
    #[command(hide = true)]
    CompileTemplate,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let line = Line::parse();
    // The second life of a process that Jupyter started.
    if let Some(control_file) = &line.control_file
        && let Some(folder) = serve::folder()
    {
        return serve::run(&folder, control_file);
    }
    dispatch(line).unwrap_or_else(|trouble| {
        eprintln!("{trouble}");
        ExitCode::from(2)
    })
}

fn dispatch(line: Line) -> Result<ExitCode, Trouble> {
    let home = || Home::at(&line.home);
    if let Some(control_file) = &line.control_file {
        return serve::serve(&home()?, control_file);
    }
    match line.command {
        Some(Task::Warm { course, ask: true }) => {
            Ok(if warm::is_warm(&home()?, &course)? { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        Some(Task::Warm { course, ask: false }) => {
            let done = warm::warm(&home()?, &course)?;
            println!("{}", if done == Warmth::Made { "made" } else { "fresh" });
            Ok(ExitCode::SUCCESS)
        }
        Some(Task::Describe) => {
            println!("{}", describe(&home()?)?);
            Ok(ExitCode::SUCCESS)
        }
        Some(Task::Execute { notebooks, check, progress_json, limit }) => {
            let good = execute::execute(&home()?, &notebooks, &Wish { check, progress_json, limit })?;
            Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        Some(Task::RunNotebook { notebook, answer, limit }) => {
            execute::run::run(&notebook, &answer, limit).map(|()| ExitCode::SUCCESS)
        }
        Some(Task::CompileTemplate) => Ok(warm::compile_template()),
        None => {
            eprintln!("{}", Line::command().render_help());
            Ok(ExitCode::from(2))
        }
    }
}

/// The kernel's description for Jupyter.
fn describe(home: &Home) -> Result<String, Trouble> {
    let program = std::env::current_exe()
        .map_err(|e| Trouble::new(format!("cannot find this program: {e}"), "report this"))?;
    let spec = serde_json::json!({
        "argv": [program, "--home", home.folder(), "--control_file", "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": LANGUAGE,
        "interrupt_mode": "message",
    });
    Ok(format!("{spec:#}"))
}
