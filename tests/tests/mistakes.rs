//! Mistakes cost nothing: the kernel under Jupyter's protocol, and what a reader sees who errs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use course_tests::course_root;
use course_tests::jupyter::{Answer, Kernel};
use jupyter_protocol::ReplyStatus;

const HOME: &str = ".course/kernel";

/// The kernel as Jupyter starts it, with the clone's own home, warmed.
fn kernel() -> Kernel {
    static WARM: Once = Once::new();
    WARM.call_once(|| {
        let output =
            program(Path::new(HOME)).arg("warm").arg("--course").arg(course_root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    });
    Kernel::start(program(Path::new(HOME)), &course_root().join("notebooks"))
}

fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kernel-tested"));
    // Nothing that is checked here is a reader's.
    command.env("COURSE_PROGRESS", "").arg("--home").arg(course_root().join(home));
    command
}

/// A session as a reader sees it: each cell and what came of it.
struct Reader {
    kernel: Kernel,
    transcript: String,
}

impl Reader {
    fn runs(&mut self, cell: &str) -> Answer {
        let answer = self.kernel.execute(cell);
        self.saw(cell, &answer);
        answer
    }

    fn interrupts(&mut self, cell: &str, when_it_prints: &str) {
        let asked = self.kernel.ask(cell);
        self.kernel.wait_for(when_it_prints);
        self.kernel.interrupt();
        let answer = self.kernel.answer(&asked);
        self.saw(&format!("{cell}\n  (interrupted)"), &answer);
    }

    fn saw(&mut self, cell: &str, answer: &Answer) {
        let course = course_root().canonicalize().unwrap().display().to_string();
        let answer = answer.transcript().replace(&course, "COURSE");
        self.transcript.push_str(&format!("── {cell}\n{answer}\n"));
    }
}

const CLUSTER: &str = "let mut cluster = Leaderless::builder().clients(2).seed(7).build()?;";

#[test]
fn whatever_a_reader_does_wrong_the_notebook_goes_on() {
    let mut reader = Reader { kernel: kernel(), transcript: String::new() };
    reader.runs(
        ":dep replication-lab = { path = \"../replication-lab\" }\nuse replication_lab::leaderless::*;",
    );
    reader.runs(CLUSTER);
    reader.runs("let acknowledged = 2;");
    reader.runs("cluster.write(\"c1\", \"x\", \"1\")?;");
    // A loop without end. What it cost is made again where it is used, and only there.
    reader.interrupts("println!(\"it begins\");\nloop {}", "it begins");
    reader.runs("1 + 1");
    reader.runs("cluster.read(\"c2\", \"x\")?.value()");
    reader.runs("cluster.crash(\"C\")?;");
    reader.runs("acknowledged");
    // A panic.
    reader.runs("let ring: Option<u32> = None;\nring.expect(\"a ring with nodes\")");
    reader.runs("cluster.read(\"c2\", \"x\")?.value()");
    // An error behind a question mark.
    reader.runs("cluster.crash(\"Z\")?;\nprintln!(\"never reached\");");
    // Code that doesn't compile.
    reader.runs("let quorum: u32 = \"two\";\nlet other: u32 = \"three\";");
    reader.runs("clustr.read(\"c2\", \"x\")?");
    reader.runs("cluster.read(\"c2\", \"x\").value()");
    reader.runs("let half = |n: usize| n / 2;");
    // The process ends.
    reader.runs("std::process::abort()");
    reader.runs("fn deeper(n: u64) -> u64 { if n == 0 { 0 } else { 1 + deeper(n + 1) } }\ndeeper(1)");
    reader.runs("cluster.read(\"c2\", \"x\")?.value()");
    insta::assert_snapshot!(reader.transcript);
}

#[test]
fn floods_are_cut_and_the_notebook_goes_on() {
    let mut kernel = kernel();
    let counted = kernel.execute("for n in 0..100_000 { println!(\"{n}\"); }");
    assert_eq!(counted.status, ReplyStatus::Ok);
    assert_eq!(counted.printed.lines().count(), 2_001);
    let notice = counted.printed.lines().last().unwrap();
    assert_eq!(
        notice,
        "… cut here: the cell printed 98,000 lines more. Print less, or show a value: a table or a figure."
    );
    let endless = kernel.ask("println!(\"it begins\");\nloop { println!(\"and goes on\"); }");
    kernel.wait_for("it begins");
    kernel.interrupt();
    let endless = kernel.answer(&endless);
    assert_eq!(endless.error.unwrap().0, "Interrupted");
    let shown = kernel.execute("vec![7_u8; 1_000_000]");
    assert!(shown.shown.unwrap().ends_with("… cut here: 2800000 bytes more."));
    let line =
        kernel.execute("let part = \"never a line's end\".repeat(100_000);\nloop { print!(\"{part}\"); }");
    assert_eq!(line.error.unwrap().0, "TooMuchMemory");
    let heap = kernel.execute("let mut heap = vec![]; loop { heap.push(vec![1_u8; 10_000_000]); }");
    assert_eq!(heap.error.unwrap().0, "TooMuchMemory");
    assert_eq!(kernel.execute("1 + 1").shown.unwrap(), "2");
}

#[test]
fn after_an_error_what_waits_is_not_executed_and_an_interrupt_between_cells_costs_nothing() {
    let mut kernel = kernel();
    kernel.execute("let kept = 7;");
    kernel.interrupt();
    assert_eq!(kernel.execute("kept").shown.unwrap(), "7");
    let first = kernel.ask("let wrong: u32 = \"\";");
    let second = kernel.ask("kept");
    assert_eq!(kernel.answer(&first).status, ReplyStatus::Error);
    assert_eq!(kernel.answer(&second).status, ReplyStatus::Aborted);
    assert_eq!(kernel.execute("kept").shown.unwrap(), "7");
    // It once ended before its answer had left.
    kernel.shut_down();
}

/// Processes whose program lies below a folder.
fn processes_of(folder: &Path) -> Vec<u32> {
    let mut system = sysinfo::System::new().unwrap();
    let what = sysinfo::ProcessRefreshKind::nothing().with_exe(sysinfo::UpdateKind::Always);
    system.refresh_processes_specifics(sysinfo::ProcessesToUpdate::All, true, what);
    let processes = system.processes().values().filter(|process| process.thread_kind().is_none());
    let theirs = processes.filter(|process| process.exe().is_some_and(|exe| exe.starts_with(folder)));
    theirs.map(|process| process.pid().as_u32()).collect()
}

/// The private folder of a kernel.
fn folder_of(kernel: &Kernel) -> PathBuf {
    let running = course_root().canonicalize().unwrap().join(HOME).join("running");
    let mut folders = std::fs::read_dir(running).unwrap().flatten().map(|entry| entry.path());
    folders.find(|folder| processes_of(folder).contains(&kernel.id())).unwrap()
}

#[test]
fn a_kernel_that_was_killed_leaves_no_process_and_its_folder_goes_with_the_next_start() {
    let mut kernel = kernel();
    let folder = folder_of(&kernel);
    kernel.ask("println!(\"it begins\");\nloop {}");
    kernel.wait_for("it begins");
    assert_eq!(processes_of(&folder).len(), 2, "the kernel, and the process of its cells");
    kernel.kill();
    // The system ends it; how soon is the system's.
    while !processes_of(&folder).is_empty() {
        std::thread::yield_now();
    }
    let _next = self::kernel();
    assert!(!folder.exists());
}
