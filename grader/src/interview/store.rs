//! Where interviews are kept: one line an event, in a file that only grows, beside the progress.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::plan::Wish;
use super::state::{Event, Interview};

/// The file's name, in the folder of the progress.
pub const FILE: &str = "interviews.jsonl";

/// A learner's interviews.
#[derive(Clone, Debug)]
pub struct Store {
    /// Nothing where they are only remembered.
    file: Option<PathBuf>,
    events: Vec<Event>,
    /// Whether the file's last line was cut off: the next one must not continue it.
    cut_off: bool,
}

impl Store {
    /// The interviews in `file`; none if it isn't there. Lines that are no event, such as one that was cut off, are
    /// passed over.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn open(file: &Path) -> std::io::Result<Self> {
        let text = match std::fs::read(file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let events = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let cut_off = !text.is_empty() && !text.ends_with('\n');
        Ok(Self { file: Some(file.to_path_buf()), events, cut_off })
    }

    /// Interviews that nobody writes down.
    pub fn in_memory() -> Self {
        Self { file: None, events: Vec::new(), cut_off: false }
    }

    /// Keeps an event.
    ///
    /// # Errors
    /// When it can't be written; it is remembered all the same.
    pub fn keep(&mut self, event: Event) -> std::io::Result<()> {
        let mut line = serde_json::to_string(&event)?;
        line.push('\n');
        self.events.push(event);
        let Some(path) = &self.file else { return Ok(()) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        if std::mem::take(&mut self.cut_off) {
            line.insert(0, '\n');
        }
        // One write in append mode: a line is there as a whole, or it is cut off and passed over.
        let mut file = std::fs::File::options().create(true).append(true).open(path)?;
        file.write_all(line.as_bytes())
    }

    /// How many interviews were begun.
    pub fn begun(&self) -> u64 {
        self.events.iter().filter(|event| matches!(event, Event::Begun(_))).map(|_| 1).sum()
    }

    /// The last interview, as far as it went; none if there is none, or if the course no longer has its questions.
    pub fn last(&self) -> Option<Interview> {
        let begun = self.events.iter().rposition(|event| matches!(event, Event::Begun(_)))?;
        Interview::replay(&self.events[begun..]).ok().flatten()
    }

    /// The last interview, if it isn't over.
    pub fn unfinished(&self) -> Option<Interview> {
        self.last().filter(|interview| !interview.over())
    }

    /// The wish for the next interview. Without a seed it is the next number, and what was asked last time is left out;
    /// with one, only the seed counts, so that a plan can be repeated.
    pub fn wish(&self, minutes: u32, seed: Option<u64>, chapters: Vec<u32>) -> Wish {
        let avoid = match seed {
            Some(_) => Vec::new(),
            None => self.last().map(|interview| interview.shown()).unwrap_or_default(),
        };
        Wish { minutes, seed: seed.unwrap_or(self.begun() + 1), chapters, avoid }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::plan::draw;
    use crate::question::banks;

    #[test]
    fn an_interview_goes_on_where_the_file_ends() {
        let folder = std::env::temp_dir().join(format!("course-interviews-{}", std::process::id()));
        let path = folder.join(FILE);
        let _ = std::fs::remove_dir_all(&folder);
        let mut store = Store::open(&path).unwrap();
        assert_eq!((store.begun(), store.last().is_none()), (0, true));
        let plan = draw(&store.wish(30, None, vec![6]), banks()).unwrap();
        for event in [Event::Begun(plan), Event::Ticked(65), Event::Passed] {
            store.keep(event).unwrap();
        }
        // The machine goes down in the middle of a line.
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"answe");
        std::fs::write(&path, text).unwrap();

        let mut again = Store::open(&path).unwrap();
        let interview = again.unfinished().unwrap();
        assert_eq!((interview.screen().left, interview.turns().len()), (30 * 60 - 65, 1));
        again.keep(Event::Stopped).unwrap();
        let last = Store::open(&path).unwrap();
        assert!(last.unfinished().is_none(), "the line after the one that was cut off is read");
        let asked = last.last().unwrap().shown();
        assert_eq!(last.wish(30, None, vec![]).avoid, asked);
        assert_eq!(last.wish(30, None, vec![]).seed, 2);
        assert_eq!(last.wish(30, Some(1), vec![]).avoid, Vec::<String>::new(), "a seed repeats a plan");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
