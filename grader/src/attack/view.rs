//! An attack as a reader sees it.

use replication_lab::view::{Figure, space_time};

use super::{Attack, Outcome, Story};
use crate::judge::Audience;
use crate::page::Page;

replication_lab::shown_in_notebooks!(Attack);

/// Most events of a run that is drawn.
const MOST_EVENTS: usize = 120;

impl Attack {
    /// What came of it, for a notebook.
    pub fn figure(&self) -> Figure {
        self.page(Audience::Notebook).figure()
    }

    /// What came of it, as text.
    pub fn text_for(&self, audience: Audience) -> String {
        format!("{}\n", self.page(audience).figure().as_text().trim_end())
    }

    fn page(&self, audience: Audience) -> Page {
        let mut page = Page::new();
        let Self { exercise, title, situations, .. } = self;
        let counted = match situations {
            1 => "1 random situation".to_owned(),
            more => format!("{more} random situations"),
        };
        match &self.outcome {
            Outcome::Unfinished { message } => {
                page.heading(&format!("{exercise} {title} — there is nothing to attack yet"));
                page.paragraphs(&format!("Your code reached `todo!({message:?})`: write that first."));
            }
            Outcome::NotAttacked { why } => {
                page.heading(&format!("{exercise} {title}"));
                page.paragraphs(why);
            }
            Outcome::Survived => {
                page.heading(&format!("{exercise} {title} — {counted}, all invariants held"));
                let times: Vec<String> =
                    self.rules.iter().map(|tested| format!("{}×", tested.times)).collect();
                let width = times.iter().map(|times| times.chars().count()).max().unwrap_or(0);
                let times: Vec<String> = times.iter().map(|times| format!("{times:>width$}")).collect();
                let entry = |(times, tested): (&'_ String, &super::Tested)| -> (String, String) {
                    (times.clone(), format!("`{}`: {}", tested.rule.name, tested.rule.says))
                };
                let entries: Vec<(String, String)> = times.iter().zip(&self.rules).map(entry).collect();
                let entries: Vec<(&str, String)> =
                    entries.iter().map(|(times, text)| (times.as_str(), text.clone())).collect();
                page.list(&entries);
                let more = match audience {
                    Audience::Notebook => "`attack_with` takes other seeds, and more of them",
                    Audience::Terminal => "`--seed` and `--situations` give you others",
                };
                page.paragraphs(&format!(
                    "The number says how often a rule was really put to the test. That is no proof: {more}."
                ));
            }
            Outcome::Broken(story) => {
                page.heading(&format!(
                    "{exercise} {title} — broken by situation {} of the attack",
                    story.after
                ));
                story.put_on(&mut page, exercise, audience);
            }
        }
        page
    }
}

impl std::fmt::Display for Attack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text_for(Audience::Notebook))
    }
}

impl Story {
    fn put_on(&self, page: &mut Page, exercise: &str, audience: Audience) {
        let indented =
            |text: &str| text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
        page.labelled("The rule that broke", &format!("`{}`. {}", self.rule.name, self.rule.says));
        page.labelled("What happened", &self.happened);
        let [now, from] = self.events;
        page.paragraphs(&format!("The smallest situation in which it does (events: {now} of {from}):"));
        page.paragraphs(&indented(&self.situation));
        if !self.steps.is_empty() {
            page.paragraphs("What was seen:");
            page.paragraphs(&indented(&self.steps.join("\n")));
        }
        if let Some(run) = self.run.as_ref().filter(|run| run.len() <= MOST_EVENTS) {
            page.folding("The run", &space_time(run));
        }
        let seed = self.seed;
        page.paragraphs(&match audience {
            Audience::Notebook => format!(
                "Seed {seed}. The same attack again finds the same. This one alone: `attack_with(…, &Settings {{ situations: 1, \
                 seed: {seed} }})`."
            ),
            Audience::Terminal => {
                format!("Seed {seed}: `cargo course attack {exercise} --situations 1 --seed {seed}` plays it again.")
            }
        });
    }
}
