//! Lists of words that every rubric may use in its patterns, as `$c-lost`: what people say for the same thing whatever
//! the question, jargon and everyday words side by side.

/// Each list's name and its phrases.
pub(super) const CLASSES: &[(&str, &str)] = &[
    (
        "c-lost",
        "lose|loose|gone|vanish|disappear|drop|discard|overwrite|overwritten|throw away|throw|thrown|thrown away|wipe|erase|\
         destroy|swallow|delete|forget|forgotten|perish|evaporate|sacrifice|never happened|goes missing|go missing|went missing|\
         is missing|are missing|clobber|trample|takes with it|wiped out|written over|kill|silently replaced|replaced silently|bury|buried",
    ),
    (
        "c-dies",
        "die|crash|fail|down|burn|burns down|break|breaks|broken|explode|dead|lose power|loses power|power fails|goes out|catches fire|\
         blows up|is gone|be gone|disappear|vanish|go up in flames|switched off|killed|destroyed|failure|crashes|fall over|falls over|\
         hang|freeze|out of action|not there any more|away|unreachable|power supply|go dark|goes dark|breaks down",
    ),
    (
        "c-new",
        "new|latest|recent|fresh|current|up to date|most recent|actual|right value|correct value|good value|winning|v2|version 2|\
         higher version|newer one|newest one|high|max|right one|correct one|last",
    ),
    (
        "c-old",
        "stale|old|outdated|out of date|behind|wrong value|obsolete|previous|v1|version 1|late|laggard|lag|miss|differ|different|\
         disagree|mismatch|inconsistent|missing|not up to date|lower version|something else|yesterday",
    ),
    (
        "c-done",
        "done|ok|okay|saved|success|successful|acknowledge|acknowledgement|confirm|confirmation|thanks|report|hear|told|promise|\
         commit returns|returns|answer|green light|success message|tell|say|reply|respond|acked|thumbs up",
    ),
    (
        "c-write",
        "write|update|change|save|edit|insert|insertion|modification|modify|put|store|data|request|transaction|order|booking|\
         traffic|entry|record|click|post|payment|transfer",
    ),
    (
        "c-auto",
        "automatic|automatically|automated|automate|auto|itself|by themselves|on its own|on their own|by itself|without a human|\
         immediately|within|second|minute|at once|quickly|right away|instantly|straight away|moment|soon|cluster manager|software|\
         tool|watchdog|monitor|orchestrator|patroni|raft|system|without anybody",
    ),
    (
        "c-machine",
        "follower|copy|node|server|machine|leader|computer|replica|instance|box|database|one|side|half|region|data centre|data center|\
         datacenter|participant|member|peer",
    ),
    (
        "c-two",
        "two|both|2|a second|another|each of them|pair|twice|double|more than one|each of the two|either",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_has_a_name_of_its_own_and_phrases() {
        for (at, (name, list)) in CLASSES.iter().enumerate() {
            assert!(name.starts_with("c-"), "{name} could be a rubric's own");
            assert!(!CLASSES[..at].iter().any(|(other, _)| other == name), "{name} twice");
            assert!(list.split('|').all(|phrase| !phrase.trim().is_empty()), "{name} has an empty phrase");
        }
    }
}
