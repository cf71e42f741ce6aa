//! What the five have in common, and what parts them.

use super::{Care, Database, view};
use crate::comparison::{Story, Workload};
use crate::network::Region;

const REGIONS: [Region; 3] = [Region::Virginia, Region::Frankfurt, Region::Tokyo];

#[test]
fn five_databases_in_one_region() {
    let tables = Story::ALL.map(|story| {
        let measured = view::all(&Workload { story, ..Workload::default() }, Care::Defaults).unwrap();
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
        let (servers, clients) = (REGIONS.to_vec(), REGIONS.to_vec());
        let measured = view::all(&Workload { servers, clients, story, ..Workload::default() }, care).unwrap();
        format!("{story}, {care}\n{}", view::table(&measured))
    });
    insta::assert_snapshot!(tables.join("\n"));
}

#[test]
fn the_workload_is_the_same_for_all() {
    let comparison = Workload::default();
    let steps = comparison.steps();
    assert_eq!(steps, comparison.steps());
    assert_ne!(steps, Workload { seed: 2, ..comparison.clone() }.steps());
    let writes = steps.iter().flatten().filter(|step| step.value.is_some()).count() as f64;
    let share = writes / steps.iter().flatten().count() as f64;
    assert!((share - comparison.writes).abs() < 0.03, "{share}");
}

#[test]
fn nobody_who_waits_for_a_majority_loses_what_it_acknowledged() {
    for seed in 0..6 {
        for story in Story::ALL {
            let workload = Workload { story, seed, ..Workload::default() };
            for database in [Database::MongoDb, Database::CockroachDb] {
                let measured = workload.run(&database.system(Care::Safest)).unwrap();
                assert_eq!((measured.lost, measured.stale), (0, 0), "{database}, {story}, seed {seed}");
            }
        }
    }
}

#[test]
fn nobody_to_ask_or_to_answer_is_told() {
    let nobody = Workload { clients: Vec::new(), ..Workload::default() };
    let why = nobody.run(&Database::Postgres.system(Care::Defaults)).unwrap_err().to_string();
    assert_eq!(why, "no servers or no clients: name a region for each");
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
