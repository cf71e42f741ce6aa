//! The workspace's manifest, without some members.

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

fn text_of<'a>(package: &'a DeTable<'_>, field: &str) -> &'a str {
    entry(package, field).and_then(|(_, value)| value.get_ref().as_str()).unwrap_or_default()
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
                       [workspace.dependencies]\na = { path = \"a\" }\n\n[profile.dev.package.a]\nopt-level = 2\n";
        assert_eq!(workspace(text, GONE).unwrap(), without);
    }
}
