//! What the README shows.

use replication_lab::leaderless::Leaderless;
use replication_lab::view::space_time_svg;

/// The README's picture is the lab's own drawing of this run.
#[test]
fn picture_of_a_run() {
    let mut cluster = Leaderless::builder().clients(2).seed(7).build().unwrap();
    cluster.write("c1", "user:42", "Bob").unwrap();
    cluster.settle().crash("C").unwrap();
    cluster.write("c1", "user:42", "Alice").unwrap();
    cluster.settle().restart("C").unwrap();
    let mark = cluster.mark();
    cluster.read_from("c2", &["A", "C"], "user:42").unwrap();
    cluster.settle();
    let svg = space_time_svg(&cluster.trace().unwrap().since(mark));
    insta::assert_binary_snapshot!("run.svg", svg.into_bytes());
}
