//! The data files of an edition.

use toml::de::{DeTable, DeValue};

use super::cut::{Cuts, cut, entry, lines, parsed};

/// An exercise's data file without the mutants' edits, which spell the solution. Names and misconceptions stay: feedback
/// tells them.
///
/// # Errors
/// When it is not TOML.
pub fn exercise(text: &str) -> Result<String, String> {
    let table = parsed(text)?;
    let mutants = entry(&table, "mutants").and_then(|(_, mutants)| mutants.get_ref().as_array());
    let mut cuts = Cuts::new();
    for mutant in mutants.into_iter().flat_map(|mutants| mutants.iter()) {
        let Some((key, edits)) = mutant.get_ref().as_table().and_then(|mutant| entry(mutant, "edits")) else {
            continue;
        };
        let part = lines(text, key, edits);
        if text[part.clone()].starts_with('[') {
            return Err("write a mutant's edits as `edits = [{ find = …, put = … }]`".to_owned());
        }
        cuts.push((part, ""));
    }
    Ok(cut(text, cuts))
}

/// A bank of questions without the model answers to free text: whoever hands one in has all points.
///
/// # Errors
/// When it is not TOML.
pub fn questions(text: &str) -> Result<String, String> {
    let mut cuts = Cuts::new();
    models(&parsed(text)?, &mut cuts);
    Ok(cut(text, cuts))
}

fn models(table: &DeTable<'_>, cuts: &mut Cuts) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::String(_) if *key.get_ref() == "model" => cuts.push((value.span(), "\"\"")),
            DeValue::Table(table) => models(table, cuts),
            DeValue::Array(items) => {
                items
                    .iter()
                    .filter_map(|item| item.get_ref().as_table())
                    .for_each(|table| models(table, cuts));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_gone_and_the_rest_is_as_it_was() {
        let text = "# Of an exercise.\n[[mutants]]\nname = \"a\"  # kept\nedits = [\n    { find = \"x\", put = \"y\" },\n]\n\n\
                    [[mutants]]\nedits = [{ find = \"ü]\", put = \"z\" }] # gone\nname = \"b\"\n";
        let without = "# Of an exercise.\n[[mutants]]\nname = \"a\"  # kept\n\n[[mutants]]\nname = \"b\"\n";
        assert_eq!(exercise(text).unwrap(), without);
        assert!(exercise("[[").is_err());
        let apart = "[[mutants]]\nname = \"b\"\n[[mutants.edits]]\nfind = \"x\"\nput = \"z\"\n";
        assert!(exercise(apart).is_err(), "never left in");
    }

    #[test]
    fn models_are_empty_wherever_they_stand() {
        let text = "[[question]]\nid = \"Q\"\n[[question.part]]\n[question.part.text]\nmodel = \"\"\"\nall\nof it\"\"\"\nmin = 1\n\
                    [[question]]\ntext = { model = 'all' }\n";
        let without = "[[question]]\nid = \"Q\"\n[[question.part]]\n[question.part.text]\nmodel = \"\"\nmin = 1\n\
                       [[question]]\ntext = { model = \"\" }\n";
        assert_eq!(questions(text).unwrap(), without);
    }
}
