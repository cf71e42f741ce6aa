//! Every published result, at a size that fits a test: where a million trials make a value exact enough for its
//! tolerance, twenty thousand may not, and four standard errors count instead (see `Row::tolerance`).

use replication_lab::published::{Row, Section, Settings, rows, table};

const SMALL: Settings = Settings { trials: 20_000, seed: 1 };

/// All rows of a section hold. What is compared is recorded, so that no row gets lost; the lab's values, which go
/// with the number of trials, are not.
fn check(section: Section, name: &str) {
    let rows = rows(section, &SMALL);
    let failed: Vec<Row> = rows.iter().filter(|row| !row.holds).cloned().collect();
    assert!(failed.is_empty(), "\n{}", table(&failed).figure());
    let compared = rows.iter().map(|row| {
        let shown = |value: &Option<replication_lab::published::Value>| {
            value.as_ref().map_or("–".to_owned(), ToString::to_string)
        };
        format!("{}: {} / {}", row.what, shown(&row.published), shown(&row.reference))
    });
    insta::assert_snapshot!(name, compared.collect::<Vec<_>>().join("\n"));
}

#[test]
fn staleness() {
    check(Section::Staleness, "staleness");
}

#[test]
fn elections() {
    check(Section::Elections, "elections");
}

#[test]
fn hashing() {
    check(Section::Hashing, "hashing");
}

#[test]
fn detectors() {
    check(Section::Detectors, "detectors");
}

#[test]
fn siblings() {
    check(Section::Siblings, "siblings");
}

#[test]
fn the_same_settings_give_the_same_rows() {
    let settings = Settings { trials: 1_000, seed: 7 };
    assert_eq!(rows(Section::Hashing, &settings), rows(Section::Hashing, &settings));
    assert_ne!(rows(Section::Hashing, &settings), rows(Section::Hashing, &Settings { seed: 8, ..settings }));
}

#[test]
fn a_row_as_a_machine_reads_it() {
    let rows = rows(Section::Siblings, &SMALL);
    insta::assert_json_snapshot!(rows[0]);
}
