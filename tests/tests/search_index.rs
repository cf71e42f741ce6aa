//! Change data capture into a real full-text index: the leader is the lab's, the index is tantivy's, on a real disk.
//!
//! The index keeps the position of the last transaction that it has made its own in the same commit as the documents.
//! So it knows after a crash what it has, whatever it had confirmed by then.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::change_capture::{Capture, Transaction};
use replication_lab::log::Lsn;
use replication_lab::replication_log::logical::{Decoder, Message};
use replication_lab::table_engine::{KeyedChange, Value};
use replication_lab::time::Time;
use tantivy::collector::DocSetCollector;
use tantivy::directory::MmapDirectory;
use tantivy::query::QueryParser;
use tantivy::schema::{Field, INDEXED, STORED, Schema, TEXT, Value as _};
use tantivy::{Index, IndexWriter, TantivyDocument, Term};
use tempfile::TempDir;

/// Bytes of memory for a writer: the least that tantivy takes.
const MEMORY: usize = 15_000_000;

/// Where the consumer's machine crashes while it handles a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crash {
    /// The documents are changed in memory.
    BeforeCommit,
    /// The index is durable, and the leader doesn't know.
    BeforeConfirm,
    /// The leader knows.
    AfterConfirm,
}

/// What the consumer does right or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// It confirms what is durable, and leaves out what the index has.
    Careful,
    /// It confirms before the index is durable.
    ConfirmsFirst,
    /// It doesn't look at the position that the index has, and only adds documents for new rows.
    AddsAgain,
}

/// A full-text index over `articles (id, title, body)`, as one run of the consumer's program has it open.
struct SearchIndex {
    index: Index,
    writer: IndexWriter,
    id: Field,
    title: Field,
    body: Field,
}

impl SearchIndex {
    /// Opens what is on the disk, or begins an empty index.
    fn open(folder: &TempDir) -> tantivy::Result<Self> {
        let mut schema = Schema::builder();
        let id = schema.add_i64_field("id", INDEXED | STORED);
        let (title, body) = (schema.add_text_field("title", TEXT), schema.add_text_field("body", TEXT));
        let index = Index::open_or_create(MmapDirectory::open(folder.path())?, schema.build())?;
        let writer = index.writer_with_num_threads(1, MEMORY)?;
        Ok(Self { index, writer, id, title, body })
    }

    /// The end of the last transaction that is in the index.
    fn position(&self) -> Lsn {
        let payload = self.index.load_metas().unwrap().payload;
        payload.map_or(Lsn::default(), |text| Lsn::new(text.parse().unwrap()))
    }

    fn apply(&mut self, transaction: &Transaction, decoder: &mut Decoder, replaces: bool) {
        for message in decoder.decode(&transaction.bytes).unwrap() {
            let Message::Row { change, .. } = message else { continue };
            let is_new = matches!(change, KeyedChange::Insert { .. });
            let id_of = |key: &Value| match key {
                Value::Int(id) => *id,
                other => panic!("the primary key is a whole number, not {other}"),
            };
            let values: BTreeMap<_, _> = change.values().unwrap_or_default().iter().cloned().collect();
            let old = change.key().map(id_of);
            let new = values.get("id").map(id_of);
            for id in old.into_iter().chain(new.filter(|_| replaces || !is_new)) {
                self.writer.delete_term(Term::from_field_i64(self.id, id));
            }
            if let Some(id) = new {
                let mut document = TantivyDocument::default();
                document.add_i64(self.id, id);
                for (field, column) in [(self.title, "title"), (self.body, "body")] {
                    if let Value::Text(text) = &values[column] {
                        document.add_text(field, text);
                    }
                }
                self.writer.add_document(document).unwrap();
            }
        }
    }

    /// Makes documents and position durable, both or neither.
    fn commit(&mut self, end: Lsn) {
        let mut commit = self.writer.prepare_commit().unwrap();
        commit.set_payload(&end.bytes().to_string());
        commit.commit().unwrap();
    }

    /// The ids of the articles in which a word occurs, one for each document.
    fn search(&self, word: &str) -> Vec<i64> {
        let searcher = self.index.reader().unwrap().searcher();
        let query =
            QueryParser::for_index(&self.index, vec![self.title, self.body]).parse_query(word).unwrap();
        let found = searcher.search(&query, &DocSetCollector).unwrap();
        let id =
            |address| searcher.doc::<TantivyDocument>(address).unwrap().get_first(self.id).unwrap().as_i64();
        let mut ids: Vec<i64> = found.into_iter().map(|address| id(address).unwrap()).collect();
        ids.sort_unstable();
        ids
    }
}

/// What the application does. The second-last moves an article to another primary key.
const WRITES: [&str; 9] = [
    "INSERT INTO articles VALUES (1, 'Quorums', 'reads and writes overlap')",
    "INSERT INTO articles VALUES (2, 'Leaders', 'one node orders all writes')",
    "INSERT INTO articles VALUES (3, 'Draft', NULL)",
    "UPDATE articles SET body = 'a leader fails, another is elected' WHERE id = 2",
    "INSERT INTO articles VALUES (4, 'Élection', 'naïve — timeouts differ')",
    "DELETE FROM articles WHERE id = 3",
    "UPDATE articles SET title = 'Votes' WHERE id = 1",
    "UPDATE articles SET id = 40 WHERE id = 4",
    "INSERT INTO articles VALUES (5, 'Logs', 'writes in one order')",
];

/// The leader, its table and a slot that somebody outside the simulation reads.
fn leader() -> Capture {
    let table = "CREATE TABLE articles (id INT PRIMARY KEY, title TEXT, body TEXT)";
    let mut capture =
        Capture::builder().consumers(&["search"]).schema(&[table]).trace(false).build().unwrap();
    capture.run_for(Time::ms(5)).crash("search").unwrap().run_for(Time::s(2));
    capture
}

/// Runs the consumer's program until it has nothing more to do, or crashes at its `nth` transaction. Returns whether
/// it crashed.
fn consume(capture: &mut Capture, folder: &TempDir, habit: Habit, crash: Option<(usize, Crash)>) -> bool {
    let mut index = SearchIndex::open(folder).unwrap();
    let mut decoder = Decoder::default();
    for (nth, transaction) in capture.peek("search").unwrap().iter().enumerate() {
        // A program that goes away here leaves what is on the disk, and nothing else: its writer is dropped.
        let dies = |at| crash == Some((nth, at));
        let careful = habit != Habit::AddsAgain;
        if habit == Habit::ConfirmsFirst {
            capture.advance("search", transaction.end).unwrap();
        }
        let has_it = careful && transaction.end <= index.position();
        if !has_it {
            index.apply(transaction, &mut decoder, careful);
            if dies(Crash::BeforeCommit) {
                return true;
            }
            index.commit(transaction.end);
        } else {
            // The tables that it describes are needed for what follows.
            decoder.decode(&transaction.bytes).unwrap();
        }
        if dies(Crash::BeforeConfirm) {
            return true;
        }
        capture.advance("search", transaction.end).unwrap();
        if dies(Crash::AfterConfirm) {
            return true;
        }
    }
    false
}

/// What a search over the leader's own rows finds.
fn on_the_leader(capture: &Capture, word: &str) -> Vec<i64> {
    let rows = capture.leader().db().rows("articles").unwrap().into_values();
    let words = |value: &Value| {
        let text = if let Value::Text(text) = value { text.to_lowercase() } else { String::new() };
        text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let matching = rows.filter_map(|row| match &row[..] {
        [Value::Int(id), title, body] if words(title).union(&words(body)).any(|it| it == word) => Some(*id),
        _ => None,
    });
    matching.collect()
}

const WORDS: [&str; 10] =
    ["quorums", "votes", "writes", "leader", "leaders", "elected", "élection", "draft", "order", "naïve"];

/// Writes everything, lets the consumer crash once at this point, start again and finish. Returns the words for which
/// it finds other articles than the leader, with what it finds and what the leader has.
fn after_a_crash(habit: Habit, nth: usize, crash: Crash) -> Vec<(&'static str, Vec<i64>, Vec<i64>)> {
    let (mut capture, folder) = (leader(), TempDir::new().unwrap());
    WRITES.iter().for_each(|sql| drop(capture.execute(sql).unwrap()));
    assert!(consume(&mut capture, &folder, habit, Some((nth, crash))), "the crash must happen");
    assert!(!consume(&mut capture, &folder, habit, None));
    assert_eq!(capture.slot("search").unwrap().held, 0, "everything is confirmed");
    let index = SearchIndex::open(&folder).unwrap();
    let both = WORDS.map(|word| (word, index.search(word), on_the_leader(&capture, word)));
    both.into_iter().filter(|(_, found, expected)| found != expected).collect()
}

#[test]
fn wherever_the_consumer_crashes_the_index_finds_what_the_leader_has() {
    for nth in 0..WRITES.len() {
        for crash in [Crash::BeforeCommit, Crash::BeforeConfirm, Crash::AfterConfirm] {
            assert_eq!(after_a_crash(Habit::Careful, nth, crash), [], "transaction {nth}, {crash:?}");
        }
    }
}

#[test]
fn the_words_do_tell_articles_apart() {
    let mut capture = leader();
    WRITES.iter().for_each(|sql| drop(capture.execute(sql).unwrap()));
    let found = WORDS.map(|word| format!("{word}: {:?}", on_the_leader(&capture, word)));
    insta::assert_snapshot!(found.join("\n"), @r"
    quorums: []
    votes: [1]
    writes: [1, 5]
    leader: [2]
    leaders: [2]
    elected: [2]
    élection: [40]
    draft: []
    order: [5]
    naïve: [40]
    ");
}

#[test]
fn who_confirms_before_the_index_is_durable_misses_an_article_until_it_changes_again() {
    let missing = after_a_crash(Habit::ConfirmsFirst, 8, Crash::BeforeCommit);
    assert_eq!(missing, [("writes", vec![1], vec![1, 5]), ("order", vec![], vec![5])]);
    assert_eq!(after_a_crash(Habit::ConfirmsFirst, 0, Crash::BeforeCommit), [], "it got a new title later");
}

#[test]
fn who_adds_what_the_index_has_already_finds_an_article_twice() {
    let twice = after_a_crash(Habit::AddsAgain, 8, Crash::BeforeConfirm);
    assert_eq!(twice, [("writes", vec![1, 5, 5], vec![1, 5]), ("order", vec![5, 5], vec![5])]);
}
