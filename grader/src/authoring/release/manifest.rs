//! The workspace's manifest and lock file, without some members.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use super::cut::{Cuts, cut, element, entry, lines, parsed, table};

/// The version of the workspace's packages.
pub fn version(manifest: &str) -> Option<String> {
    let manifest = parsed(manifest).ok()?;
    let package = table(table(&manifest, "workspace")?, "package")?;
    Some(text_of(package, "version").to_owned())
}

/// The workspace's manifest without `members`, each a folder and a crate's name: no member, no dependency, no profile.
///
/// # Errors
/// When it is not TOML, or no workspace's.
pub fn workspace(text: &str, members: &[(&str, &str)]) -> Result<String, String> {
    let manifest = parsed(text)?;
    let workspace = table(&manifest, "workspace").ok_or("it is no workspace's")?;
    entry(workspace, "members").ok_or("the workspace has no members")?;
    let mut cuts = Cuts::new();
    for list in ["members", "default-members"] {
        let list = entry(workspace, list).and_then(|(_, list)| list.get_ref().as_array());
        let left_out = list
            .into_iter()
            .flat_map(|list| list.iter())
            .filter(|member| members.iter().any(|(folder, _)| member.get_ref().as_str() == Some(folder)));
        // From the first to the last of neighbours, so that no comma is cut twice.
        let mut parts: Vec<Range<usize>> = Vec::new();
        for part in left_out.map(|member| element(text, member.span())) {
            match parts.last_mut() {
                Some(before) if before.end >= part.start => before.end = part.end.max(before.end),
                _ => parts.push(part),
            }
        }
        cuts.extend(parts.into_iter().map(|part| (part, "")));
    }
    let profiles = table(&manifest, "profile").into_iter().flat_map(|profiles| profiles.values());
    let packages = profiles.filter_map(|profile| table(profile.get_ref().as_table()?, "package"));
    let tables = table(workspace, "dependencies").into_iter().chain(packages);
    for one in tables {
        let entries = members.iter().filter_map(|(_, name)| entry(one, name));
        cuts.extend(entries.map(|(key, value)| (lines(text, key, value), "")));
    }
    Ok(cut(text, cuts))
}

/// The lock file without `members` and without what nobody else needs, as cargo would write it.
///
/// # Errors
/// When it is not TOML, or not as cargo writes it.
pub fn lock(text: &str, members: &[(&str, &str)]) -> Result<String, String> {
    let lock = parsed(text)?;
    let packages = entry(&lock, "package").and_then(|(_, packages)| packages.get_ref().as_array());
    let packages: Vec<&DeTable<'_>> = packages
        .ok_or("it names no packages")?
        .iter()
        .filter_map(|package| package.get_ref().as_table())
        .collect();
    let is_left_out =
        |package: &DeTable<'_>| members.iter().any(|(_, name)| text_of(package, "name") == *name);
    // Those without a source are the workspace's own.
    let own = |place: &usize| entry(packages[*place], "source").is_none() && !is_left_out(packages[*place]);
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    let mut next: Vec<usize> = (0..packages.len()).filter(own).collect();
    while let Some(place) = next.pop() {
        if needed.insert(place) {
            let names =
                entry(packages[place], "dependencies").and_then(|(_, names)| names.get_ref().as_array());
            let names = names.into_iter().flat_map(|names| names.iter());
            next.extend(names.filter_map(|name| called(&packages, name.get_ref().as_str()?)));
        }
    }
    let starts: Vec<usize> = text.match_indices("[[package]]\n").map(|(at, _)| at).collect();
    if starts.len() != packages.len() {
        return Err("it is not as cargo writes it".to_owned());
    }
    let end = |place: usize| starts.get(place + 1).copied().unwrap_or(text.len());
    let kept: String = needed.iter().map(|place| &text[starts[*place]..end(*place)]).collect();
    let head = starts.first().map_or(text, |first| &text[..*first]);
    Ok(format!("{head}{}\n", kept.trim_end()))
}

fn text_of<'a>(package: &'a DeTable<'_>, field: &str) -> &'a str {
    entry(package, field).and_then(|(_, value)| value.get_ref().as_str()).unwrap_or_default()
}

/// The package that `name`, or `name version`, means.
fn called(packages: &[&DeTable<'_>], name: &str) -> Option<usize> {
    let mut words = name.split(' ');
    let (name, version) = (words.next()?, words.next());
    packages.iter().position(|package| {
        text_of(package, "name") == name
            && version.is_none_or(|version| text_of(package, "version") == version)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GONE: &[(&str, &str)] = &[("tests", "course-tests")];

    #[test]
    fn a_member_leaves_no_trace_and_comments_stay() {
        let text = "[workspace]\n# All.\nmembers = [\"a\", \"tests\"]\ndefault-members = [\"tests\", \"a\"]\n\n\
                    [workspace.dependencies]\na = { path = \"a\" }\ncourse-tests = { path = \"tests\" }\n\n\
                    [profile.dev.package.course-tests]\nopt-level = 0\n[profile.dev.package.a]\nopt-level = 2\n";
        let without = "[workspace]\n# All.\nmembers = [\"a\"]\ndefault-members = [\"a\"]\n\n\
                       [workspace.dependencies]\na = { path = \"a\" }\n[profile.dev.package.a]\nopt-level = 2\n";
        assert_eq!(workspace(text, GONE).unwrap(), without);
    }

    #[test]
    fn what_only_it_needs_goes_from_the_lock_file() {
        let package = |name: &str, version: &str, more: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{more}\n")
        };
        let foreign = "source = \"registry\"\n";
        let text = [
            package("a", "0.1.0", "dependencies = [\n \"both\",\n \"twice 2.0.0\",\n]\n"),
            package("both", "1.0.0", foreign),
            package("course-tests", "0.1.0", "dependencies = [\n \"a\",\n \"both\",\n \"mine\",\n]\n"),
            package("mine", "1.0.0", "source = \"registry\"\ndependencies = [\n \"twice 1.0.0\",\n]\n"),
            package("twice", "1.0.0", foreign),
            package("twice", "2.0.0", foreign),
        ];
        let lock = lock(&format!("version = 4\n\n{}", text.join("")), GONE).unwrap();
        assert_eq!(
            lock,
            format!("version = 4\n\n{}{}{}", text[0], text[1], text[5]).trim_end().to_owned() + "\n"
        );
    }
}
