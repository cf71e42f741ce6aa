//! Whether routing can keep causes before effects: it can't, placement can.

use super::cluster::LeaderFollower;
use super::partitioned::{Partitioned, Placement};
use super::routing::ReadFrom;
use super::setup::SetupError;
use crate::explore::in_parallel;
use crate::network::Latency;
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::view::{Figure, Table};

/// Of all looks at a question and its reply, the share that showed the reply without the question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrefixCost {
    /// Where reads went.
    pub policy: ReadFrom,
    /// Question and reply in two partitions, each read where the policy says.
    pub two_partitions: f64,
    /// Both in one partition, each read where the policy says: two reads may go to two followers.
    pub one_partition: f64,
    /// Both in one partition, and both read from one follower at one moment: a snapshot.
    pub one_copy: f64,
}

/// Where a conversation is, and how it is looked at.
#[derive(Clone, Copy, Debug)]
enum Case {
    TwoPartitions,
    OnePartition,
    OneCopy,
}

/// Lets people ask and answer, and somebody look at both, under every policy and placement.
///
/// Each of two partitions has a leader and two followers. Those of A are 100 and 800 ms behind in the median, those of
/// B 20 and 50. Questions go to A and replies to B, or both to the partition of their conversation. A reply comes 100
/// ms after its question; three looks follow, at random within the next 1.5 s.
///
/// # Errors
/// When a policy can't be.
pub fn compare_prefix(conversations: u32, policies: &[ReadFrom]) -> Result<Vec<PrefixCost>, SetupError> {
    let cost = |policy: &ReadFrom| {
        let share = |case| share_broken(conversations, *policy, case);
        Ok(PrefixCost {
            policy: *policy,
            two_partitions: share(Case::TwoPartitions)?,
            one_partition: share(Case::OnePartition)?,
            one_copy: share(Case::OneCopy)?,
        })
    };
    in_parallel(policies, cost).into_iter().collect()
}

fn share_broken(conversations: u32, policy: ReadFrom, case: Case) -> Result<f64, SetupError> {
    let partition = |medians: [u64; 2]| {
        let lag = |ms| Latency::LogNormal { median: Time::ms(ms), sigma: 0.5 };
        LeaderFollower::builder()
            .followers(2)
            .clients(3)
            .latency(Latency::Constant(Time::ms(1)))
            .read_from(policy)
            .trace(false)
            .server("F1", |server| server.jitter = lag(medians[0]))
            .server("F2", |server| server.jitter = lag(medians[1]))
    };
    let placement = match case {
        Case::TwoPartitions => Placement::listed([("question", "A"), ("reply", "B")]),
        Case::OnePartition | Case::OneCopy => Placement::ByPrefix,
    };
    let (mut looks, mut broken) = (0, 0);
    let mut rng = Rng::new(1, Stream::Workload);
    let mut talks = Partitioned::new([("A", partition([100, 800])), ("B", partition([20, 50]))], placement)?;
    for talk in 0..conversations {
        let (question, reply) = (format!("talk-{talk}/question"), format!("talk-{talk}/reply"));
        talks.write("c1", &question, "How much?")?;
        talks.run_for(Time::ms(100)).write("c2", &reply, "$42")?;
        let asked = talks.now();
        let mut moments: Vec<u64> = (0..3).map(|_| rng.below(1_500_000)).collect();
        moments.sort_unstable();
        for moment in moments {
            talks.run_until(asked + Time::us(moment));
            let mut keys = [question.as_str(), reply.as_str()];
            if rng.chance(0.5) {
                keys.reverse();
            }
            let seen = match case {
                Case::OneCopy => {
                    talks.look_at("c3", rng.pick(&["F1", "F2"]).copied().unwrap_or("F1"), &keys)?
                }
                Case::TwoPartitions | Case::OnePartition => talks.look("c3", &keys)?,
            };
            looks += 1;
            let found = |key: &str| {
                keys.iter().zip(&seen).any(|(read, outcome)| *read == key && outcome.value().is_some())
            };
            broken += u32::from(found(&reply) && !found(&question));
        }
        talks.run_for(Time::s(3));
    }
    Ok(f64::from(broken) / f64::from(looks.max(1)))
}

/// The shares side by side.
pub fn prefix_table(costs: &[PrefixCost]) -> Figure {
    let header = ["reads from", "two partitions", "one partition", "one partition, one copy"];
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let rows = costs.iter().fold(Table::new(header), |table, cost| {
        table.row([
            cost.policy.to_string(),
            percent(cost.two_partitions),
            percent(cost.one_partition),
            percent(cost.one_copy),
        ])
    });
    rows.figure()
}
