//! The histories in `tests/histories/`, one for each format and verdict, which the file's name tells.
//!
//! They are made up by the generator and written here; `INSTA_UPDATE=always` writes them anew.

use std::path::PathBuf;

use replication_lab::history::formats::{Format, Recorded, read};
use replication_lab::history::generate::{Flaw, Generator, Kind};
use replication_lab::history::{Limits, Verdict, linearizable_from};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join("histories")
}

/// File name, format, and how it was made.
fn files() -> Vec<(&'static str, Format, Generator)> {
    let register = Generator {
        clients: 5,
        operations: 30,
        keys: 1,
        kind: Kind::CompareAndSet,
        values: Some(5),
        unfinished: 0.1,
        seed: 9,
        ..Generator::default()
    };
    let text = Generator { clients: 4, operations: 40, keys: 3, seed: 4, ..Generator::default() };
    let flawed = |make: &Generator| Generator { flaw: Some(Flaw::StaleRead), ..make.clone() };
    let lost = |make: &Generator| Generator { flaw: Some(Flaw::LostWrite), ..make.clone() };
    let store = Generator { kind: Kind::Register, unfinished: 0.1, ..text.clone() };
    vec![
        ("register-linearizable.log", Format::Jepsen, register.clone()),
        ("register-not-linearizable.log", Format::Jepsen, flawed(&register)),
        ("texts-linearizable.edn", Format::Edn, text.clone()),
        ("texts-not-linearizable.edn", Format::Edn, lost(&text)),
        ("store-linearizable.json", Format::Json, store.clone()),
        ("store-not-linearizable.json", Format::Json, flawed(&store)),
    ]
}

fn verdict(recorded: &Recorded) -> Verdict {
    linearizable_from(&recorded.history, recorded.initially.as_deref(), Limits::states(10_000))
}

#[test]
fn every_file_is_as_it_was_made_and_has_the_verdict_of_its_name() {
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always");
    let mut told = Vec::new();
    for (name, format, make) in files() {
        let (path, made) =
            (folder().join(name), format.write(&make.generate()).expect("the format can say it"));
        if update {
            std::fs::write(&path, &made).expect("the folder is there");
        }
        let bytes = std::fs::read(&path).expect("the file is there");
        assert_eq!(String::from_utf8_lossy(&bytes), made, "{name}");
        let verdict = verdict(&read(name, &bytes).expect("the file is sound"));
        assert_eq!(verdict.holds(), !name.contains("-not-"), "{name}: {verdict}");
        told.push(format!("{name}: {verdict}"));
    }
    insta::assert_snapshot!(told.join("\n"));
}
