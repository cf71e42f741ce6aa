//! The roster: who should have handed something in.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::arrivals::Who;
use crate::pipeline::sanitise_line;

/// A class's learners, from a table in CSV.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// In the table's order.
    pub people: Vec<Person>,
}

/// One learner of the roster. All texts are fit to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The id, such as a number of matriculation; else the login, the mail address, the name.
    pub id: String,
    /// Further names by which a platform may call her: logins, other numbers.
    pub also: Vec<String>,
    /// The full name, first name first.
    pub name: Option<String>,
    /// The mail address.
    pub mail: Option<String>,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Id,
    Login,
    Name,
    First,
    Last,
    Mail,
}

/// Headings as platforms write them, in small letters and digits alone.
fn column(heading: &str) -> Option<Column> {
    let plain: String = heading.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    Some(match plain.as_str() {
        "id" | "sid" | "studentid" | "idnumber" | "sisuserid" | "orgdefinedid" | "matriculation"
        | "identifier" => Column::Id,
        "login" | "username" | "user" | "sisloginid" | "githubusername" | "participant" => Column::Login,
        "name" | "fullname" | "student" | "learner" | "studentname" => Column::Name,
        "firstname" | "givenname" => Column::First,
        "lastname" | "surname" | "familyname" => Column::Last,
        "mail" | "email" | "emailaddress" | "mailaddress" => Column::Mail,
        _ => return None,
    })
}

impl Roster {
    /// Reads a table whose first line names its columns: `id`, `login`, `name` or `first name` and `last name`, `mail`, in
    /// the words of the common platforms; others are passed over. Commas, semicolons or tabs between them.
    ///
    /// # Errors
    /// A sentence: it is no UTF-8, no such table, or two lines have one id.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text =
            std::str::from_utf8(bytes).map_err(|_| "it is not a text in UTF-8: save it as \"CSV UTF-8\"")?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = text.lines().next().unwrap_or_default();
        let most = |c: &u8| first.bytes().filter(|b| b == c).count();
        let delimiter = *b",;\t".iter().max_by_key(|c| (most(c), **c == b',')).unwrap_or(&b',');
        let mut table = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let headings = table.headers().map_err(|e| e.to_string())?;
        let columns: Vec<Option<Column>> = headings.iter().map(column).collect();
        if columns.iter().all(Option::is_none) {
            return Err(format!(
                "its first line names no column that is known (id, login, name, first name, last name, mail): {:?}",
                sanitise_line(first)
            ));
        }
        let mut people = Vec::new();
        for (line, record) in table.records().enumerate() {
            let record = record.map_err(|e| format!("line {}: {e}", line + 2))?;
            people.extend(person(&columns, &record));
        }
        let mut seen = BTreeMap::new();
        for person in &people {
            if let Some(other) = seen.insert(folded(&person.id), &person.id) {
                return Err(format!("two lines have the id {other}"));
            }
        }
        Ok(Self { people })
    }

    /// The place of the person that is meant; nothing if there is none, or several could be.
    pub fn find(&self, who: &Who) -> Option<usize> {
        let one = |is_it: &dyn Fn(&Person) -> bool| {
            let mut found = self.people.iter().enumerate().filter(|(_, person)| is_it(person));
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Some(place),
                _ => None,
            }
        };
        let called: Vec<String> = [who.id.as_ref(), who.mail.as_ref(), Some(&who.key)]
            .into_iter()
            .flatten()
            .map(|c| folded(c))
            .collect();
        let names: Vec<String> =
            [who.name.as_ref(), Some(&who.key)].into_iter().flatten().map(|name| squashed(name)).collect();
        one(&|person| called.iter().any(|called| person.is_called(called)))
            .or_else(|| {
                one(&|person| {
                    person
                        .mail
                        .as_ref()
                        .and_then(|mail| mail.split('@').next())
                        .is_some_and(|local| called.contains(&folded(local)))
                })
            })
            .or_else(|| one(&|person| person.spellings().iter().any(|spelling| names.contains(spelling))))
    }
}

impl Person {
    fn is_called(&self, folded_name: &str) -> bool {
        std::iter::once(&self.id).chain(&self.also).chain(&self.mail).any(|name| folded(name) == folded_name)
    }

    /// The name's letters, first name first and last name first.
    fn spellings(&self) -> Vec<String> {
        let Some(name) = &self.name else { return Vec::new() };
        let words: Vec<&str> = name.split_whitespace().collect();
        let all = squashed(name);
        let mut spellings: Vec<String> =
            (1..words.len()).map(|at| squashed(&[&words[at..], &words[..at]].concat().concat())).collect();
        spellings.push(all);
        spellings
    }
}

fn person(columns: &[Option<Column>], record: &csv::StringRecord) -> Option<Person> {
    let all = |wanted| {
        let cells = columns.iter().zip(record.iter()).filter(move |(column, _)| **column == Some(wanted));
        cells.map(|(_, cell)| sanitise_line(cell)).filter(|cell| !cell.is_empty())
    };
    let first = |wanted| all(wanted).next();
    let name = first(Column::Name).map(|name| match name.split_once(", ") {
        // "Lee, Ann"
        Some((last, given)) => format!("{given} {last}"),
        None => name,
    });
    let parts: Vec<String> = all(Column::First).chain(all(Column::Last)).collect();
    let name = name.or_else(|| (!parts.is_empty()).then(|| parts.join(" ")));
    let mail = first(Column::Mail);
    let mut called = all(Column::Id).chain(all(Column::Login));
    let id = called.next().or_else(|| mail.clone()).or_else(|| name.clone())?;
    Some(Person { id, also: called.collect(), name, mail })
}

fn folded(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase()
}

/// Letters and digits alone, without accents: `Zoë O'Neil` is `zoeoneil`, as Canvas writes it.
fn squashed(name: &str) -> String {
    let plain = name.nfkd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric());
    plain.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(text: &str) -> Vec<String> {
        let roster = Roster::read(text.as_bytes()).unwrap();
        let shown = |p: &Person| {
            format!(
                "{} | {} | {} | {}",
                p.id,
                p.also.join("+"),
                p.name.as_deref().unwrap_or("-"),
                p.mail.as_deref().unwrap_or("-")
            )
        };
        roster.people.iter().map(shown).collect()
    }

    #[test]
    fn rosters_of_the_common_platforms() {
        let moodle = "\u{feff}First name,Last name,ID number,Email address\nAnn,Lee,1001,ann@example.org\nZoë,O'Neil,1002,zoe@example.org\n";
        assert_eq!(
            people(moodle),
            ["1001 |  | Ann Lee | ann@example.org", "1002 |  | Zoë O'Neil | zoe@example.org"]
        );
        let canvas = "Student,ID,SIS User ID,SIS Login ID,Section\n\"Lee, Ann\",98,1001,alee,A\n";
        assert_eq!(people(canvas), ["98 | 1001+alee | Ann Lee | -"]);
        let excel = "Name;E-Mail\nAnn Lee;ann@example.org\n;\n";
        assert_eq!(people(excel), ["ann@example.org |  | Ann Lee | ann@example.org"]);
        assert_eq!(people("login\tname\nalee\tAnn Lee\n"), ["alee |  | Ann Lee | -"]);
    }

    #[test]
    fn what_is_no_roster_says_so() {
        let told = |bytes: &[u8]| Roster::read(bytes).unwrap_err();
        assert!(told(b"a,b\n1,2\n").contains("names no column that is known"));
        assert!(told(b"name\n\xff\n").contains("UTF-8"));
        assert!(told(b"id,name\n1,Ann\n1,Bob\n").contains("two lines have the id 1"));
        assert!(told(b"").contains("names no column"));
    }

    #[test]
    fn a_learner_is_found_by_what_the_platform_calls_her() {
        let table = "id,login,name,mail\n1001,alee,Ann Lee,ann.lee@example.org\n1002,zoe,Zoë O'Neil,zoe@example.org\n\
                     1003,ann2,Ann Lee,other@example.org\n1004,bob,Bob Ray,bob@example.org\n";
        let roster = Roster::read(table.as_bytes()).unwrap();
        let key = |key: &str| roster.find(&Who { key: key.into(), ..Who::default() });
        assert_eq!(key("1001"), Some(0));
        assert_eq!(key("ALEE"), Some(0));
        assert_eq!(key("ann.lee"), Some(0), "the mail's local part");
        assert_eq!(key("zoeoneil"), Some(1));
        assert_eq!(key("oneilzoe"), Some(1), "Canvas puts the last name first");
        assert_eq!(key("Bob Ray"), Some(3));
        assert_eq!(key("Ann Lee"), None, "two have this name");
        assert_eq!(key("nobody"), None);
        let named =
            |name: &str| roster.find(&Who { key: "x (7)".into(), name: Some(name.into()), ..Who::default() });
        assert_eq!(named("Zoe O’Neil"), Some(1));
    }

    #[test]
    fn a_formula_is_a_name_like_any_other() {
        let roster = Roster::read(b"id,name\n1,\"=HYPERLINK(\"\"http://evil\"\")\"\n").unwrap();
        assert_eq!(roster.people[0].name.as_deref(), Some("=HYPERLINK(\"http://evil\")"));
    }
}
