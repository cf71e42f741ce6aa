use super::*;

fn alike(texts: &[&str], stub: Option<&str>, sieve: &Sieve) -> Vec<Alike> {
    compare(texts, stub, sieve).pairs
}

fn file(path: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// A reference solution as a learner would have it: without the marks of where it was cut.
fn reference(stem: &str) -> String {
    let text = file(&format!("solutions/src/{stem}.rs"));
    let lines =
        text.lines().filter(|line| !line.contains("BEGIN SOLUTION") && !line.contains("END SOLUTION"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn stub(stem: &str) -> String {
    file(&format!("exercises/src/{stem}.rs"))
}

const HONEST_6_1: &str = include_str!("honest_e6_1.rs.txt");
const HONEST_6_2: &str = include_str!("honest_e6_2.rs.txt");
const COPIED_6_1: &str = include_str!("copied_e6_1.rs.txt");
const COPIED_6_2: &str = include_str!("copied_e6_2.rs.txt");

fn percent(one: &str, other: &str, stub: &str) -> Option<usize> {
    let pairs = alike(&[one, other], Some(stub), &Sieve { at_least: 0, ..Sieve::default() });
    pairs.first().map(Alike::percent)
}

/// Other names, other comments, other numbers, functions in another order: it is the same.
#[test]
fn a_disguised_copy_is_found() {
    for (stem, copied) in [("e6_1", COPIED_6_1), ("e6_2", COPIED_6_2)] {
        let share = percent(&reference(stem), copied, &stub(stem));
        assert!(share >= Some(80), "{stem}: {share:?}");
        let pairs = alike(&[&reference(stem), copied], Some(&stub(stem)), &Sieve::default());
        assert_eq!((pairs.len(), pairs[0].a, pairs[0].b), (1, 0, 1), "{stem}");
    }
}

/// Two who thought for themselves are not told of, though the interface is the same.
#[test]
fn honest_solutions_are_not_found() {
    for (stem, honest) in [("e6_1", HONEST_6_1), ("e6_2", HONEST_6_2)] {
        let share = percent(&reference(stem), honest, &stub(stem));
        assert!(share.is_none_or(|share| share <= 25), "{stem}: {share:?}");
        assert_eq!(alike(&[&reference(stem), honest], Some(&stub(stem)), &Sieve::default()), [], "{stem}");
    }
}

#[test]
fn stubs_are_nobodys_own() {
    for stem in ["e6_1", "e6_2", "e9_1"] {
        let untouched = stub(stem);
        assert_eq!(
            alike(&[untouched.as_str(); 5], Some(&untouched), &Sieve { at_least: 0, ..Sieve::default() }),
            [],
            "{stem}"
        );
    }
}

/// What a whole class has in common is the exercise's, not theirs.
#[test]
fn what_many_have_is_left_out() {
    let same = reference("e6_1");
    let few = vec![same.as_str(); FEW];
    assert_eq!(alike(&few, None, &Sieve::default()).len(), FEW * (FEW - 1) / 2);
    let many = vec![same.as_str(); FEW + 1];
    assert_eq!(alike(&many, None, &Sieve::default()), []);
}

#[test]
fn the_most_alike_come_first() {
    let whole = reference("e6_2");
    let changed = whole.find("    fn replicas").unwrap();
    let half =
        format!("{}\n{}", &whole[..changed], &HONEST_6_2[HONEST_6_2.find("    fn replicas").unwrap()..]);
    let sieve = Sieve { at_least: 1, ..Sieve::default() };
    let pairs = alike(&[&half, &whole, COPIED_6_2], Some(&stub("e6_2")), &sieve);
    assert_eq!((pairs[0].a, pairs[0].b), (1, 2));
    assert!(pairs.windows(2).all(|two| two[0].percent() >= two[1].percent()), "{pairs:?}");
    assert!(pairs.len() > 1, "{pairs:?}");
}

#[test]
fn runs_say_the_lines_of_both() {
    let body =
        "    let mut sum = 0;\n    for x in xs.iter().rev() {\n        sum += x * 2;\n    }\n    sum\n}\n";
    let one = format!("fn a(xs: &[u32]) -> u32 {{\n{body}");
    let other = format!("// longer\n\nstruct Other;\nfn b(xs: &[u32]) -> u32 {{\n{body}");
    let compared = compare(&[&one, &other], None, &Sieve { at_least: 0, shortest: 1, ..Sieve::default() });
    let runs = compared.runs(&compared.pairs[0]);
    assert_eq!(runs.len(), 1);
    let Run { a, b, .. } = runs[0];
    assert_eq!((a, b), ((1, 7), (4, 10)));
}

/// A long exercise, a large class: the pairs that share nothing rare cost nothing.
#[test]
fn a_large_class_takes_no_square_of_it() {
    let texts: Vec<String> = (0..600)
        .map(|learner: u64| {
            let line = |n: u64| {
                let method = (learner * 7919 + n * 104_729) % 9973;
                format!("    x.m{method}(y).n{n}(z);\n")
            };
            format!("fn f() {{\n{}}}\n", (0..60).map(line).collect::<String>())
        })
        .collect();
    let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.push(texts[17]);
    let pairs = alike(&texts, None, &Sieve::default());
    assert_eq!(
        pairs.iter().map(|pair| (pair.a, pair.b, pair.percent())).collect::<Vec<_>>(),
        [(17, 600, 100)]
    );
}
