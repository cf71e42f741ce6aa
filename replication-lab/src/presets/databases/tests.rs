//! What the five have in common, and what parts them.

use super::{Care, Comparison, Database, Story, view};
use crate::network::Region;

const REGIONS: [Region; 3] = [Region::Virginia, Region::Frankfurt, Region::Tokyo];

#[test]
fn five_databases_in_one_region() {
    let tables = Story::ALL.map(|story| {
        let comparison = Comparison { story, ..Comparison::default() };
        let measured = view::all(&comparison).unwrap();
        format!("{story}\n{}", view::table(&measured))
    });
    insta::assert_snapshot!(tables.join("\n"));
}

#[test]
fn five_databases_over_three_regions() {
    let runs = [
        (Story::Calm, Care::Defaults),
        (Story::Partition, Care::Defaults),
        (Story::Partition, Care::Safest),
        (Story::Partition, Care::Fastest),
    ];
    let tables = runs.map(|(story, care)| {
        let comparison = Comparison { regions: REGIONS.to_vec(), story, care, ..Comparison::default() };
        let measured = view::all(&comparison).unwrap();
        format!("{story}, {care:?}\n{}", view::table(&measured))
    });
    insta::assert_snapshot!(tables.join("\n"));
}

#[test]
fn the_workload_is_the_same_for_all() {
    let comparison = Comparison::default();
    let steps = comparison.steps();
    assert_eq!(steps, comparison.steps());
    assert_ne!(steps, Comparison { seed: 2, ..comparison.clone() }.steps());
    let writes = steps.iter().flatten().filter(|step| step.value.is_some()).count() as f64;
    let share = writes / steps.iter().flatten().count() as f64;
    assert!((share - comparison.writes).abs() < 0.03, "{share}");
}

#[test]
fn nobody_who_waits_for_a_majority_loses_what_it_acknowledged() {
    for seed in 0..6 {
        for story in Story::ALL {
            let comparison = Comparison { story, seed, care: Care::Safest, ..Comparison::default() };
            for database in [Database::MongoDb, Database::CockroachDb] {
                let measured = comparison.run(database).unwrap();
                assert_eq!((measured.lost, measured.stale), (0, 0), "{database}, {story}, seed {seed}");
            }
        }
    }
}

#[test]
fn two_regions_are_not_enough() {
    let comparison = Comparison { regions: vec![Region::Tokyo; 2], ..Comparison::default() };
    let why = comparison.run(Database::Postgres).unwrap_err().to_string();
    assert_eq!(why, "2 regions: name three, one for each server and its client");
}

#[test]
fn each_has_its_surprise_and_a_setting_against_it() {
    let told = Database::ALL.map(|database| {
        let gotcha = database.run_gotcha().unwrap();
        let part = |(setting, lines): &(&str, Vec<String>)| format!("{setting}\n{}", lines.join("\n"));
        format!("{database}\n{}\n{}", part(&gotcha.surprising), part(&gotcha.instead))
    });
    insta::assert_snapshot!(told.join("\n\n"));
}
