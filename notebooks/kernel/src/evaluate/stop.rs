//! Stopping a cell: by the reader, by the clock, by what it takes of the machine's memory.

use std::process::Child;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// How often a running cell is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// The most that the cells' process may take, and the most by which a cell's output may grow the kernel; bytes.
const MOST_MEMORY: u64 = 2 << 30;

/// Why the process of the cells ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The reader interrupted the cell.
    Interrupted,
    /// It ran longer than it may.
    TooLong(Duration),
    /// It took more memory than it may; bytes.
    TooMuchMemory(u64),
    /// It ended by itself: `exit`, `abort`, a stack that overflowed.
    ByItself,
}

/// Stops the cell that is being evaluated.
pub struct Stopper {
    process: Arc<Mutex<Child>>,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    running: bool,
    stopped: Option<Stop>,
}

/// A cell that is being watched. It ends with [`Watch::end`].
pub struct Watch {
    stopper: Arc<Stopper>,
    done: Sender<()>,
    thread: JoinHandle<()>,
}

impl Stopper {
    /// The stopper of the cells' process.
    pub fn of(process: Arc<Mutex<Child>>) -> Self {
        Self { process, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the cell that is being evaluated, if there is one: between cells there is nothing to lose.
    pub fn stop(&self, why: Stop) {
        let mut state = self.state();
        if state.running && state.stopped.is_none() {
            state.stopped = Some(why);
            // An error means that the process has ended by itself.
            let _ = self.process().kill();
        }
    }

    /// Ends the cells' process for good.
    pub fn kill(&self) {
        let _ = self.process().kill();
    }

    /// Watches over the cell that begins now.
    pub fn watch(self: &Arc<Self>, limit: Option<Duration>) -> Watch {
        *self.state() = State { running: true, stopped: None };
        let (done, wait) = mpsc::channel::<()>();
        let stopper = self.clone();
        let thread = std::thread::spawn(move || {
            let begun = Instant::now();
            let mut memory = Memory::now();
            while wait.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if let Some(limit) = limit.filter(|limit| begun.elapsed() >= *limit) {
                    stopper.stop(Stop::TooLong(limit));
                }
                let id = stopper.process().id();
                if let Some(bytes) = memory.as_mut().and_then(|memory| memory.excess(id)) {
                    stopper.stop(Stop::TooMuchMemory(bytes));
                }
            }
        });
        Watch { stopper: self.clone(), done, thread }
    }
}

impl Watch {
    /// The cell has ended: whether it was stopped, and why.
    pub fn end(self) -> Option<Stop> {
        drop(self.done);
        let mut state = self.stopper.state();
        state.running = false;
        let stopped = state.stopped;
        drop(state);
        // It ends within a look; nobody waits for it.
        drop(self.thread);
        stopped
    }
}

/// What a cell takes of the machine's memory.
struct Memory {
    system: System,
    kernel: Pid,
    before: u64,
    most: u64,
}

impl Memory {
    /// Nothing where the system doesn't tell: then nobody watches over memory.
    fn now() -> Option<Self> {
        let mut system = System::new().ok()?;
        system.refresh_memory();
        let half = system.total_memory() / 2;
        let most = if half == 0 { MOST_MEMORY } else { MOST_MEMORY.min(half) };
        let kernel = Pid::from_u32(std::process::id());
        let mut memory = Self { system, kernel, before: 0, most };
        memory.before = memory.of(kernel);
        Some(memory)
    }

    fn of(&mut self, process: Pid) -> u64 {
        let what = ProcessRefreshKind::nothing().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), true, what);
        self.system.process(process).map_or(0, sysinfo::Process::memory)
    }

    /// What the cells' process has, or what the kernel has got for its output, if it is too much.
    fn excess(&mut self, cells: u32) -> Option<u64> {
        let cells = self.of(Pid::from_u32(cells));
        let output = self.of(self.kernel).saturating_sub(self.before);
        [cells, output].into_iter().find(|bytes| *bytes > self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn sleeping() -> Arc<Stopper> {
        let child = Command::new("sleep").arg("60").spawn().unwrap();
        Arc::new(Stopper::of(Arc::new(Mutex::new(child))))
    }

    fn has_ended(stopper: &Stopper) -> bool {
        stopper.process().try_wait().unwrap().is_some()
    }

    #[test]
    fn between_cells_nothing_is_stopped() {
        let stopper = sleeping();
        stopper.stop(Stop::Interrupted);
        assert!(!has_ended(&stopper));
        let watch = stopper.watch(None);
        assert_eq!(watch.end(), None);
        stopper.kill();
    }

    #[test]
    fn the_first_reason_counts() {
        let stopper = sleeping();
        let watch = stopper.watch(None);
        stopper.stop(Stop::Interrupted);
        stopper.stop(Stop::TooMuchMemory(1));
        stopper.process().wait().unwrap();
        assert_eq!(watch.end(), Some(Stop::Interrupted));
    }

    #[test]
    fn a_cell_that_runs_too_long_is_stopped() {
        let stopper = sleeping();
        let limit = Duration::from_millis(1);
        let watch = stopper.watch(Some(limit));
        while !has_ended(&stopper) {
            std::thread::yield_now();
        }
        assert_eq!(watch.end(), Some(Stop::TooLong(limit)));
    }

    #[test]
    fn memory_is_seen_and_judged() {
        let mut memory = Memory::now().unwrap();
        assert!(memory.before > 1 << 20, "{} bytes", memory.before);
        assert_eq!(memory.excess(std::process::id()), None);
        memory.most = 1;
        assert!(memory.excess(std::process::id()).is_some());
    }
}
