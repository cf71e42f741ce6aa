//! Which cells made which variables: to say after a loss where they came from, and to make them again.
//!
//! A cell's own lines say it: what it binds at its top level, and which names it uses. Names are not resolved, so a
//! field that is called like a variable counts as a use: then one cell too many runs again, which changes nothing,
//! because the lab's runs are the same each time.

use std::collections::BTreeSet;

use syn::visit::Visit;
use syn::{Pat, Stmt};

/// The cells that have run, in the order in which they ran.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    cells: Vec<Cell>,
}

/// A cell that has run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The number that Jupyter shows beside it.
    pub number: usize,
    /// What it says.
    pub source: String,
    /// It panicked, or a `?` ended it: it may have changed variables, and bound none.
    pub failed: bool,
    names: Names,
}

/// What a cell does with variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names {
    /// What it binds, and whether it may change later.
    binds: Vec<(String, bool)>,
    /// The names that it uses before it binds them itself.
    uses: BTreeSet<String>,
}

impl Origins {
    /// Remembers a cell that has run well.
    pub fn add(&mut self, number: usize, source: &str) {
        if let Some(names) = Names::of(source) {
            self.cells.push(Cell { number, source: source.to_string(), failed: false, names });
        }
    }

    /// Remembers a cell that has panicked, or that a `?` has ended.
    pub fn add_failed(&mut self, number: usize, source: &str) {
        if let Some(names) = Names::of(source) {
            let names = Names { binds: Vec::new(), ..names };
            self.cells.push(Cell { number, source: source.to_string(), failed: true, names });
        }
    }

    /// The cells that make these variables what they are, in order: those that bind them last, those that may have
    /// changed them since, and what these need in turn.
    pub fn of(&self, variables: &BTreeSet<String>) -> Vec<&Cell> {
        let known: BTreeSet<&str> =
            self.cells.iter().flat_map(|cell| &cell.names.binds).map(|(name, _)| name.as_str()).collect();
        let mut wanted = variables.clone();
        let mut chosen = Vec::new();
        for (place, cell) in self.cells.iter().enumerate().rev() {
            let binds = cell.names.binds.iter().any(|(name, _)| wanted.contains(name));
            let changes =
                || cell.names.uses.iter().any(|name| wanted.contains(name) && self.may_change(place, name));
            if !binds && !changes() {
                continue;
            }
            for (name, _) in &cell.names.binds {
                wanted.remove(name);
            }
            wanted.extend(cell.names.uses.iter().filter(|name| known.contains(name.as_str())).cloned());
            chosen.push(cell);
        }
        chosen.reverse();
        chosen
    }

    /// Whether a variable, as it was bound last before the cell at `place`, may be changed in place.
    fn may_change(&self, place: usize, name: &str) -> bool {
        let bindings = self.cells[..place].iter().rev().flat_map(|cell| cell.names.binds.iter().rev());
        bindings.clone().find(|(bound, _)| bound == name).is_some_and(|(_, mutable)| *mutable)
    }
}

/// The names that a cell uses and does not bind first; empty for one that is not Rust.
pub fn uses(source: &str) -> BTreeSet<String> {
    Names::of(source).unwrap_or_default().uses
}

/// Whether a cell binds this variable.
pub fn binds(source: &str, variable: &str) -> bool {
    Names::of(source).is_some_and(|names| names.binds.iter().any(|(name, _)| name == variable))
}

/// The statements of a cell, without evcxr's own commands; `None` for one that is not Rust.
pub fn statements(source: &str) -> Option<Vec<Stmt>> {
    let lines = source.lines().map(|line| if line.starts_with([':', '!']) { "" } else { line });
    let block: syn::Block =
        syn::parse_str(&format!("{{\n{}\n}}", lines.collect::<Vec<_>>().join("\n"))).ok()?;
    Some(block.stmts)
}

impl Names {
    fn of(source: &str) -> Option<Self> {
        let mut names = Self::default();
        for statement in statements(source)? {
            let mut used = Identifiers::default();
            match &statement {
                Stmt::Local(local) => {
                    if let Some(init) = &local.init {
                        used.visit_local_init(init);
                    }
                }
                statement => used.visit_stmt(statement),
            }
            let bound = |name: &String| names.binds.iter().any(|(bound, _)| bound == name);
            let free: Vec<String> = used.0.into_iter().filter(|name| !bound(name)).collect();
            names.uses.extend(free);
            if let Stmt::Local(local) = &statement {
                bindings(&local.pat, &mut names.binds);
            }
        }
        Some(names)
    }
}

fn bindings(pattern: &Pat, found: &mut Vec<(String, bool)>) {
    struct Bindings<'a>(&'a mut Vec<(String, bool)>);
    impl<'ast> Visit<'ast> for Bindings<'_> {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.0.push((pattern.ident.to_string(), pattern.mutability.is_some()));
            syn::visit::visit_pat_ident(self, pattern);
        }
    }
    Bindings(found).visit_pat(pattern);
}

/// All identifiers, also those within macros and the `{name}` of their texts.
#[derive(Default)]
struct Identifiers(BTreeSet<String>);

impl<'ast> Visit<'ast> for Identifiers {
    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.0.insert(ident.to_string());
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let text = call.tokens.to_string();
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        self.0.extend(words.filter(|word| !word.is_empty()).map(str::to_string));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(cells: &[&str]) -> Origins {
        let mut origins = Origins::default();
        for (place, source) in cells.iter().enumerate() {
            origins.add(place + 1, source);
        }
        origins
    }

    fn numbers(origins: &Origins, variables: &[&str]) -> Vec<usize> {
        let variables = variables.iter().map(|name| name.to_string()).collect();
        origins.of(&variables).iter().map(|cell| cell.number).collect()
    }

    #[test]
    fn a_variable_comes_from_its_last_binding_and_from_what_changed_it_since() {
        let origins = origins(&[
            "let mut cluster = Leaderless::builder().build()?;",
            "cluster.write(\"c1\", \"x\", \"1\")?;",
            "let mut cluster = Leaderless::builder().replicas(5).build()?;",
            "let other = 3;",
            "cluster.crash(\"C\")?;",
            "println!(\"{cluster:?}\");",
        ]);
        assert_eq!(numbers(&origins, &["cluster"]), [3, 5, 6]);
        assert_eq!(numbers(&origins, &["other"]), [4]);
        assert_eq!(numbers(&origins, &["unknown"]), [0; 0]);
    }

    #[test]
    fn what_its_cells_need_comes_along() {
        let origins = origins(&[
            "let seed = 7;",
            "let plan = Plan::quiet();",
            "let mut cluster = build(seed);",
            "let reads = cluster.read_all();",
        ]);
        assert_eq!(numbers(&origins, &["reads"]), [1, 3, 4]);
        assert_eq!(numbers(&origins, &["plan"]), [2]);
    }

    #[test]
    fn what_cannot_change_is_not_run_again_for_having_been_looked_at() {
        let origins = origins(&["let history = run(7);", "history.table()", "check(&history)"]);
        assert_eq!(numbers(&origins, &["history"]), [1]);
    }

    #[test]
    fn a_binding_made_of_its_own_predecessor_needs_that_too() {
        let origins =
            origins(&["let times = vec![3, 1];", "let times = sorted(times);", "let mut n = 0;", "n += 1;"]);
        assert_eq!(numbers(&origins, &["times"]), [1, 2]);
        assert_eq!(numbers(&origins, &["n"]), [3, 4]);
    }

    #[test]
    fn one_pattern_binds_several_and_a_block_binds_none() {
        let names =
            Names::of("let (a, Read { version, .. }) = f(x);\n{ let inner = a; }\nfor b in c {}").unwrap();
        assert_eq!(names.binds, [("a".to_string(), false), ("version".to_string(), false)]);
        let uses: Vec<&str> = names.uses.iter().map(String::as_str).collect();
        assert_eq!(uses, ["b", "c", "f", "inner", "x"]);
    }

    #[test]
    fn a_cell_with_commands_of_evcxr_is_read_and_one_that_is_not_rust_is_not_remembered() {
        assert!(binds(":dep serde = \"1\"\nlet mut n = 1;", "n"));
        assert_eq!(uses("let ) = 3"), BTreeSet::new());
        assert_eq!(origins(&["let ) = 3"]).cells.len(), 0);
    }
}
