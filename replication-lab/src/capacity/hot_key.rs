//! A hot key: the case where more nodes do not help.
//!
//! Full copies share the reads of *every* key between them. Once the data is partitioned they don't: a key lies in
//! one partition, and only the copies of that partition answer for it. However many partitions there are, the key's
//! share of all reads ends at what those copies can do.
//!
//! # Limits
//! All other keys are spread evenly. (For writes even full copies don't help: a key's writes go through one leader.)
//!
//! # Examples
//! ```
//! use replication_lab::capacity::hot_key::HotKey;
//!
//! // Three copies of each partition, 50,000 reads a second each. One key is asked for by a tenth of all reads.
//! let key = HotKey::new(50_000.0, 3, 0.1)?;
//! assert_eq!([1, 10, 100].map(|partitions| key.reads(partitions).round()), [150_000.0, 789_474.0, 1_376_147.0]);
//! assert_eq!(key.limit().map(f64::round), Some(1_500_000.0));
//! # Ok::<(), replication_lab::capacity::CapacityError>(())
//! ```

use super::{CapacityError, Input, amount, share};
use crate::view::{Chart, Figure};

/// Partitioned data with one hot key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HotKey {
    node_reads: f64,
    copies: u32,
    share: f64,
}

impl HotKey {
    /// Nodes of so many reads a second, so many copies of each partition, and the share of all reads that asks for the
    /// one key.
    ///
    /// # Errors
    /// When the reads are no amount, or the share is none.
    pub fn new(node_reads: f64, copies: u32, hot: f64) -> Result<Self, CapacityError> {
        Ok(Self {
            node_reads: amount(Input::NodeReads, node_reads)?,
            copies,
            share: share(Input::HotKey, hot)?,
        })
    }

    /// Reads a second that so many partitions answer before the one with the hot key is full. 0 without partitions.
    pub fn reads(&self, partitions: u32) -> f64 {
        if partitions == 0 {
            return 0.0;
        }
        // The hot partition's share: the key, and its part of all other reads.
        let hottest = self.share + (1.0 - self.share) / f64::from(partitions);
        self.node_reads * f64::from(self.copies) / hottest
    }

    /// Reads a second that no number of partitions exceeds. Nothing if no key is hot.
    pub fn limit(&self) -> Option<f64> {
        (self.share > 0.0).then(|| self.node_reads * f64::from(self.copies) / self.share)
    }

    /// The share of their strength that all nodes together use when the hot partition is full: 1 without a hot key.
    pub fn used(&self, partitions: u32) -> f64 {
        let all = self.node_reads * f64::from(self.copies) * f64::from(partitions);
        if all > 0.0 { self.reads(partitions) / all } else { 0.0 }
    }
}

/// Reads a second over the number of nodes, a line for each key's share.
pub fn hot_key_chart(title: &str, keys: &[HotKey], most_partitions: u32) -> Figure {
    let chart = Chart::new(title, "nodes", "reads a second");
    let line = |chart: Chart, key: &HotKey| {
        let points = (1..=most_partitions).map(|partitions| {
            (f64::from(partitions) * f64::from(key.copies), libm::round(key.reads(partitions)))
        });
        chart.line(format!("one key has {} % of the reads", libm::round(1_000.0 * key.share) / 10.0), points)
    };
    keys.iter().fold(chart, line).figure()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_hot_key_nodes_add_up() {
        let even = HotKey::new(50_000.0, 3, 0.0).unwrap();
        assert_eq!([0, 1, 4].map(|partitions| even.reads(partitions)), [0.0, 150_000.0, 600_000.0]);
        assert_eq!((even.limit(), even.used(7)), (None, 1.0));
    }

    #[test]
    fn with_a_hot_key_the_sum_ends_at_its_copies() {
        let hot = HotKey::new(50_000.0, 3, 0.3).unwrap();
        assert_eq!(hot.limit(), Some(500_000.0));
        let reads: Vec<_> = [1, 2, 10, 100, 1_000].map(|partitions| hot.reads(partitions).round()).into();
        assert_eq!(reads, [150_000.0, 230_769.0, 405_405.0, 488_599.0, 498_836.0]);
        assert_eq!(format!("{:.3}", hot.used(100)), "0.033", "300 nodes, and 97 % of them stand idle");
        let only = HotKey::new(50_000.0, 3, 1.0).unwrap();
        assert_eq!(only.reads(100), only.reads(1));
        assert_eq!((HotKey::new(0.0, 3, 0.5).unwrap().used(2), even_copies(9)), (0.0, 450_000.0));
    }

    /// More copies of the one partition do help its reads.
    fn even_copies(copies: u32) -> f64 {
        HotKey::new(50_000.0, copies, 0.3).unwrap().reads(1)
    }

    #[test]
    fn nodes_against_reads() {
        let keys = [0.0, 0.1, 0.3].map(|share| HotKey::new(50_000.0, 3, share).unwrap());
        insta::assert_snapshot!(hot_key_chart("A hot key", &keys, 8).as_text());
    }

    #[test]
    fn a_share_is_a_share() {
        let error = HotKey::new(50_000.0, 3, 30.0).unwrap_err();
        assert_eq!(error.to_string(), "the hot key's share is 30: a share is a number from 0 to 1");
    }
}
