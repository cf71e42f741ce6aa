//! The reference solutions survive the attacks, and the attacks put every rule to the test.

use grader::attack::DRILLS;

#[test]
fn the_solutions_survive_every_situation() {
    let mut attacked = 0;
    for answer in solutions::answers() {
        let exercise = answer.exercise();
        if !DRILLS.iter().any(|(id, _)| *id == exercise) {
            continue;
        }
        let attack = grader::attack(answer);
        assert!(attack.survived(), "{attack}");
        let idle: Vec<_> =
            attack.rules.iter().filter(|tested| tested.times == 0).map(|tested| tested.rule.name).collect();
        assert!(idle.is_empty(), "{exercise}: never put to the test: {idle:?}");
        attacked += 1;
    }
    assert_eq!(attacked, DRILLS.len());
}
