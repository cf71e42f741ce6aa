//! How fast the notebooks are: `cargo run -p course-tests --example kernel_speed [CHAPTER…]`.
//!
//! Runs whole chapters (0, 4 and 6 by default) over Jupyter's protocol, each in a new kernel: first the course's, then
//! stock `evcxr_jupyter`, one after the other. Both are this program, so both are built alike; both start the moment they
//! are asked to and get the first cell at once, without the pause in which a reader reads. Stock has what its user has: an
//! empty build folder, evcxr's own settings, packages downloaded before. Only ratios within one run mean anything: machines
//! differ, and so do their hours.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use course_tests::course_root;
use course_tests::jupyter::{Kernel, cells};
use jupyter_protocol::ReplyStatus;
use replication_lab::view::Table;

/// Says which kernel this program shall be.
const ROLE: &str = "COURSE_SPEED_KERNEL";

fn main() -> ExitCode {
    match std::env::var(ROLE).as_deref() {
        Ok("stock") => match evcxr_jupyter::main() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => panic!("stock evcxr_jupyter: {error}"),
        },
        Ok(_) => course_kernel::main(),
        Err(_) => {
            measure();
            ExitCode::SUCCESS
        }
    }
}

/// What was measured of a chapter in one kernel.
struct Measured {
    ready: Duration,
    /// From the start of the kernel until the first cell that shows something has shown it.
    first_output: Duration,
    first_cell: Duration,
    first_binding: Duration,
    /// All cells but the first and the first that binds.
    others: Vec<Duration>,
    whole: Duration,
    /// When the chapter is through; bytes.
    memory: u64,
}

fn measure() {
    let chapters: Vec<String> = std::env::args().skip(1).collect();
    let chapters = if chapters.is_empty() { vec!["0".into(), "4".into(), "6".into()] } else { chapters };
    let home = course_root().join(".course/speed");
    warm(&home);
    let mut others = [Vec::new(), Vec::new()];
    for chapter in &chapters {
        let notebook = notebook(chapter);
        let ours = run(&notebook, ours(&home));
        eprintln!("chapter {chapter}, the course's kernel: {:.0} s", seconds(ours.whole));
        let stock = run(&notebook, stock());
        eprintln!("chapter {chapter}, stock: {:.0} s", seconds(stock.whole));
        println!("{}, {} cells", notebook.file_stem().unwrap_or_default().display(), ours.others.len() + 2);
        println!("{}\n", table(&ours, &stock).figure().as_text());
        others[0].extend(ours.others);
        others[1].extend(stock.others);
    }
    let [ours, stock] = others.map(|times| median(&times));
    println!(
        "median of all cells: {:.2} s, stock {:.2} s, ratio {:.1}",
        seconds(ours),
        seconds(stock),
        seconds(stock) / seconds(ours)
    );
}

fn this_program() -> PathBuf {
    std::env::current_exe().expect("this program has a path")
}

fn notebook(chapter: &str) -> PathBuf {
    let notebooks = course_root().join("notebooks");
    let prefix = format!("{chapter:0>2}-");
    let mut files =
        std::fs::read_dir(notebooks).expect("the notebooks are there").flatten().map(|entry| entry.path());
    let fits = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && name.ends_with(".ipynb")
    };
    files.find(fits).expect("there is such a chapter")
}

fn warm(home: &Path) {
    let mut command = Command::new(this_program());
    command.env(ROLE, "ours").arg("--home").arg(home).arg("warm").arg("--course").arg(course_root());
    assert!(command.status().expect("this program runs").success(), "the lab compiles");
}

/// The kernel as `cargo course lab` describes it to Jupyter.
fn ours(home: &Path) -> Command {
    let mut command = Command::new(this_program());
    command.env(ROLE, "ours").arg("--home").arg(home);
    command
}

/// Stock: evcxr_jupyter with a configuration and a build folder of its own, both empty.
fn stock() -> Command {
    let nothing = tempfile::tempdir().expect("a folder can be made").keep();
    let mut command = Command::new(this_program());
    command
        .env(ROLE, "stock")
        .env("EVCXR_CONFIG_DIR", nothing.join("config"))
        .env("EVCXR_TMPDIR", nothing.join("build"));
    // It renews a user's own evcxr below this path.
    command.env("JUPYTER_PATH", nothing.join("jupyter")).env("CARGO_NET_OFFLINE", "true");
    command
}

fn run(notebook: &Path, mut kernel: Command) -> Measured {
    // What is checked and answered in a cell is no reader's.
    kernel.env("COURSE_PROGRESS", "");
    let begun = Instant::now();
    let mut kernel = Kernel::start(kernel, notebook.parent().expect("a folder"));
    let (mut first_output, mut first_binding, mut times) = (None, None, Vec::new());
    for (place, source) in cells(notebook).iter().enumerate() {
        let answer = kernel.execute(source);
        assert_eq!(answer.status, ReplyStatus::Ok, "{source}\n{}", answer.transcript());
        if answer.shown.is_some() || !answer.printed.is_empty() {
            first_output.get_or_insert_with(|| begun.elapsed());
        }
        if first_binding.is_none() && place > 0 && source.lines().any(|line| line.starts_with("let ")) {
            first_binding = Some(place);
        }
        times.push(answer.took);
    }
    let whole = begun.elapsed();
    let memory = kernel.memory();
    let ready = kernel.ready;
    kernel.shut_down();
    let first_binding = first_binding.expect("a chapter binds something");
    let binding = times.remove(first_binding);
    let first_cell = times.remove(0);
    let first_output = first_output.expect("a chapter shows something");
    Measured { ready, first_output, first_cell, first_binding: binding, others: times, whole, memory }
}

fn table(ours: &Measured, stock: &Measured) -> Table {
    let row = |what: &str, of: &dyn Fn(&Measured) -> f64, unit: &str| {
        let (ours, stock) = (of(ours), of(stock));
        [
            what.to_string(),
            format!("{ours:.2} {unit}"),
            format!("{stock:.2} {unit}"),
            format!("{:.1}", stock / ours),
        ]
    };
    let worst = |times: &[Duration]| times.iter().max().copied().unwrap_or_default();
    Table::new(["", "the course's", "stock", "ratio"])
        .row(row("kernel answers", &|of| seconds(of.ready), "s"))
        .row(row("first output, from the kernel's start", &|of| seconds(of.first_output), "s"))
        .row(row("first cell, which loads the lab", &|of| seconds(of.first_cell), "s"))
        .row(row("first cell that binds a variable", &|of| seconds(of.first_binding), "s"))
        .row(row("other cells, median", &|of| seconds(median(&of.others)), "s"))
        .row(row("other cells, worst", &|of| seconds(worst(&of.others)), "s"))
        .row(row("the whole chapter", &|of| seconds(of.whole), "s"))
        .row(row("memory at its end", &|of| of.memory as f64 / 1e6, "MB"))
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
