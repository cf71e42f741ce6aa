//! Lists of words that every rubric may use in its patterns, as `$c-lost`: what people say for the same thing whatever
//! the question, jargon and everyday words side by side; and families of synonyms, of which two stand for all.

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

/// Families of close synonyms. A term of a point that names two or more of a family means all of it: whoever wrote
/// "gone|lost" would take "vanished" too.
pub(super) const FAMILIES: &[&str] = &[
    // What is lost.
    "lose|gone|vanish|disappear|drop|discard|throw away|thrown away|evaporate|goes missing|went missing|is missing|\
     are missing|never existed|wiped out|no trace of|take away|takes away",
    // What fails.
    "die|crash|fail|burn|burns down|break|breaks|broken|explode|goes down|is down|go up in flames|goes up in flames|\
     blows up|catches fire|breaks down|falls over|gives up the ghost|goes dark|drops dead",
    // What is old.
    "stale|old|outdated|out of date|obsolete|not up to date|not current|yesterday is|too old|lagging|behind the times",
    // What is new.
    "latest|newest|most recent|last written|freshest|up to date|most up to date|current|last saved",
    // To wait.
    "wait|block|stall|hang|hold back|held back|stand still|stands still|is held up|freeze|get stuck|gets stuck|is stuck",
    // To say that it is done.
    "acknowledge|confirm|report success|says yes|say yes|say ok|says ok|gives its ok|give the ok|reply|answer|respond|nod|nods|\
     gives a receipt|say done|says done|says saved",
    // To be late, or to cost time.
    "slow|slower|latency|takes longer|take longer|longer to|cost time|costs time|more time",
    "fast|quick|immediately|at once|right away|straight away|instantly|snappy|without delay|in no time",
    // To find out what differs.
    "compare|diff|cross check|check against|put side by side|lay side by side|look at both|match up|go through|goes through|go over",
    // To make one of several.
    "merge|combine|mix|join|blend|interleave|put together|puts together|bring together|brings together|mixed in|thrown together|\
     sorted in|woven together|stitch|stitched",
    // To become leader in another's place.
    "promote|take over|takes over|took over|elect|fail over|failover|switch over|step in|steps in|becomes leader|becomes the new|\
     new leader|takes its place|take its place|steps up|is appointed|successor",
    // To answer with no.
    "refuse|reject|deny|decline|turn away|turns away|say no|says no|return an error|returns an error|get an error|gets an error|\
     send away|sends away|throw an error|throws an error",
    // To hold for true.
    "believe|think|consider|is convinced|are convinced|is sure|are sure|act as|acts as|act like|take itself for|takes itself for",
    // What comes again.
    "twice|again|duplicate|repeat|redeliver|resend|resent|a second time|more than once|several times|once more|two times|\
     a few changes a second time",
    // To do no harm.
    "harmless|no harm|safe|not matter|nothing happens|change nothing|changes nothing|does nothing|no effect|same result|no op|no ops",
    // To count up.
    "count|increment|bump|tick|ticks|go up|goes up|add one|adds one|increase|step up|plus one|raise by one|raised by one|\
     goes up by one|counts up",
    // More than something.
    "exceed|greater|larger|bigger|higher|more than|above|longer than|beyond|at least as",
    // To keep somebody from acting.
    "fence|isolate|power off|powered off|shut down|shut off|switch off|switched off|cut off|unplug|pull the plug|read only|demote|\
     revoke|take away its|disconnect|firewall|stop the process|kill the process|block its",
    // To send on.
    "ship|forward|pass on|passed on|transmit|propagate|hand on|handed on|pass along|passed along|send on|sent on|relay|stream",
    // What all end with.
    "same|identical|equal|alike|agree|no differences",
    // Together at once.
    "concurrent|simultaneous|simultaneously|at the same time|in parallel|independently|without knowing of each other|\
     without knowing about each other|neither knew",
    // By itself.
    "automatic|automatically|by itself|on its own|without a human|without human|no human|without anybody",
    // A machine more.
    "another machine|second machine|other machine|another server|second server|other server|another node|second node|\
     other node|second copy|another copy|other copy|another place|second place|somewhere else",
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
        for list in FAMILIES {
            assert!(list.split('|').all(|phrase| !phrase.trim().is_empty()), "{list} has an empty phrase");
        }
    }
}
