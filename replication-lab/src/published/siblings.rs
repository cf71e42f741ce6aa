//! Which values a store keeps side by side, over the simulated network.

use super::estimate::Estimate;
use super::{Row, Section, Settings};
use crate::siblings::{Scheme, SiblingError, Siblings, SiblingsSetup};

/// The golden case of Preguiça et al.: v3 is written with the context of v1.
const GOLDEN: [(&str, &str); 3] = [("X", "v1"), ("Y", "v2"), ("X", "v3")];

/// Riak's sibling explosion, from Basho's account of it: two clients write in turn, each with the context that its own
/// last write was answered with.
const EXPLOSION: [(&str, &str); 4] = [("Y", "Bob"), ("X", "Sue"), ("Y", "Rita"), ("X", "Michelle")];

const BOTH: [(Scheme, &str); 2] =
    [(Scheme::MergedVector, "merged version vector"), (Scheme::Dotted, "dotted version vectors")];

/// All rows about siblings.
pub fn rows(settings: &Settings) -> Vec<Row> {
    let written = |server: &str, scheme, writes: &[(&str, &str)]| {
        write(server, scheme, writes, settings.seed).expect("X and Y are clients, and no message is lost")
    };
    let mut rows = Vec::new();
    let golden = ["v1 | v2 | v3 {A:3}", "v2 (A,2){} | v3 (A,3){A:1}"];
    let explosion = ["Bob | Sue | Rita | Michelle {a:4}", "Rita (a,3){a:1} | Michelle (a,4){a:2}"];
    for (i, (scheme, name)) in BOTH.into_iter().enumerate() {
        let kept = written("A", scheme, &GOLDEN).describe("x");
        rows.push(text(format!("v1 [], v2 [], v3 [(A,1)]: {name}"), &kept, golden[i]));
        let kept = written("a", scheme, &EXPLOSION).describe("x");
        rows.push(text(format!("Bob, Sue, Rita, Michelle: {name}"), &kept, explosion[i]));
    }
    for rounds in [1, 2, 10, 50] {
        for (scheme, name) in BOTH {
            let writes = vec![[("Y", "from Y"), ("X", "from X")]; rounds].concat();
            let mut cluster = written("A", scheme, &writes);
            let kept = cluster.get("X", "x").map_or(f64::NAN, |answer| answer.values.len() as f64);
            let expected = if scheme == Scheme::MergedVector { 2 * rounds } else { 2 };
            let what = format!("X and Y write in turn, {rounds} times each: values kept, {name}");
            rows.push(Row::number(Section::Siblings, what, Estimate::exact(kept)).reference(expected as f64));
        }
    }
    rows
}

fn text(what: String, measured: &str, published: &str) -> Row {
    // A bar would end the table's cell.
    let listed = |text: &str| text.replace(" | ", ", ");
    Row::text(Section::Siblings, what, &listed(measured)).published(Some(listed(published).as_str()))
}

/// Lets clients write, each with the context that it last got.
fn write(server: &str, scheme: Scheme, writes: &[(&str, &str)], seed: u64) -> Result<Siblings, SiblingError> {
    let setup = SiblingsSetup {
        servers: vec![server.to_owned()],
        scheme,
        trace: false,
        seed,
        ..SiblingsSetup::default()
    };
    let mut cluster = setup.build()?;
    for (client, value) in writes {
        cluster.put(client, "x", value)?;
    }
    Ok(cluster)
}
