//! Lines that cells print, collected while they run, and cut where they become a flood.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Select, TryRecvError};

/// More lines of one cell are counted and not kept.
pub const MOST_LINES: usize = 2_000;

/// More bytes of one cell are not kept.
pub const MOST_BYTES: usize = 500_000;

/// Lines that arrived on one of the two streams.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Arrived>>);

#[derive(Default)]
struct Arrived {
    kept: Vec<String>,
    lines: usize,
    bytes: usize,
    cut: usize,
}

impl Lines {
    /// Collects from `source` in a thread, because evcxr ends a cell only when its output was fetched.
    pub fn collect(source: Receiver<String>) -> Self {
        let lines = Self::default();
        let collected = lines.clone();
        std::thread::spawn(move || {
            loop {
                let mut select = Select::new();
                select.recv(&source);
                select.ready();
                // A line leaves the channel only under the lock: who sees the channel empty and then takes the
                // lock has all lines.
                let mut arrived = collected.lock();
                loop {
                    match source.try_recv() {
                        Ok(line) => arrived.add(line),
                        Err(TryRecvError::Empty) => break,
                        Err(TryRecvError::Disconnected) => return,
                    }
                }
            }
        });
        lines
    }

    fn lock(&self) -> MutexGuard<'_, Arrived> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A cell begins: what came before it is forgotten.
    pub fn begin(&self) {
        *self.lock() = Arrived::default();
    }

    /// What has arrived since the last look.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().kept)
    }

    /// What to tell the reader of lines that were not kept.
    pub fn notice(&self) -> Option<String> {
        let cut = self.lock().cut;
        let lines = if cut == 1 { "1 line".into() } else { format!("{} lines", thousands(cut)) };
        (cut > 0).then(|| {
            format!(
                "… cut here: the cell printed {lines} more. Print less, or show a value: a table or a figure."
            )
        })
    }
}

impl Arrived {
    fn add(&mut self, line: String) {
        if self.lines >= MOST_LINES || self.bytes + line.len() > MOST_BYTES {
            // From the first line that is left out, all are: gaps would mislead.
            self.lines = MOST_LINES;
            self.cut += 1;
            return;
        }
        self.lines += 1;
        self.bytes += line.len();
        self.kept.push(line);
    }
}

/// Lines as one text, each with its end.
pub fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A number with its thousands apart, `1,234,567`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(lines: impl IntoIterator<Item = String>) -> Lines {
        let collected = Lines::default();
        for line in lines {
            collected.lock().add(line);
        }
        collected
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let lines = printed((0..1_002_001).map(|number| number.to_string()));
        assert_eq!(lines.take().len(), MOST_LINES);
        assert!(lines.notice().unwrap().starts_with("… cut here: the cell printed 1,000,001 lines more."));
        lines.begin();
        assert_eq!((lines.take().len(), lines.notice()), (0, None));
    }

    #[test]
    fn one_line_that_is_too_long_takes_all_after_it_along() {
        let lines = printed(["first".into(), "x".repeat(MOST_BYTES), "last".into()]);
        assert_eq!(lines.take(), ["first"]);
        assert!(lines.notice().unwrap().contains("2 lines more"));
    }

    #[test]
    fn what_was_taken_still_counts() {
        let lines = printed((0..MOST_LINES).map(|_| String::new()));
        assert_eq!(lines.take().len(), MOST_LINES);
        lines.lock().add("one more".into());
        assert_eq!(lines.take(), [""; 0]);
        assert!(lines.notice().unwrap().contains("1 line more"));
    }
}
