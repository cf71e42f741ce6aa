//! Prices as data, and the worked example that they belong to.

use std::fmt;

use super::{CostError, Deployment, bill};

/// What a price is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// One node for an hour.
    NodeHour,
    /// A GB that goes from one region to another.
    GbBetweenRegions,
    /// A GB on a disk for a month.
    GbMonth,
    /// Everything, for a month.
    Month,
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NodeHour => "node and hour",
            Self::GbBetweenRegions => "GB between regions",
            Self::GbMonth => "GB and month",
            Self::Month => "month",
        })
    }
}

/// How far a price can be trusted. None of them was looked up when the run was made: prices change, so look yours up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A round number in a lesson, which gives no source for it.
    Lesson,
    /// The vendor's list, from memory: right in size, perhaps not to the cent.
    ListFromMemory,
    /// The vendor's list says so in words: this traffic costs nothing.
    ListInWords,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lesson => "a lesson's round number",
            Self::ListFromMemory => "the vendor's list, from memory",
            Self::ListInWords => "the vendor's list, in words",
        })
    }
}

/// A price, and how old it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// What is bought.
    pub what: &'static str,
    /// US dollars.
    pub dollars: f64,
    /// For what.
    pub per: Per,
    /// The year that it belongs to.
    pub dated: &'static str,
    /// Where it comes from.
    pub source: Source,
}

const fn price(what: &'static str, dollars: f64, per: Per, source: Source) -> Price {
    Price { what, dollars, per, dated: "2024", source }
}

/// The prices of the worked example: AWS us-east-1 and Google Cloud, 2024.
pub const PRICES: [Price; 8] = [
    price("db.r6g.xlarge (4 vCPU, 32 GB)", 0.50, Per::NodeHour, Source::Lesson),
    price("traffic between two AWS regions", 0.02, Per::GbBetweenRegions, Source::Lesson),
    price("traffic to two replicas in the region", 50.0, Per::Month, Source::Lesson),
    price("traffic to replicas in the region", 0.0, Per::Month, Source::ListInWords),
    price("RDS storage (gp3)", 0.115, Per::GbMonth, Source::ListFromMemory),
    price("Spanner, multi-region, one node", 2_000.0, Per::Month, Source::Lesson),
    price("Spanner, multi-region, one node", 3.0, Per::NodeHour, Source::ListFromMemory),
    price("Spanner, largest multi-region, one node", 9.0, Per::NodeHour, Source::ListFromMemory),
];

/// One line of the worked example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worked {
    /// What is deployed.
    pub what: &'static str,
    /// The same, as numbers.
    pub deployment: Deployment,
    /// Dollars a month that the lesson adds in one sum, for traffic within the region.
    pub lump: f64,
    /// Dollars a month that the lesson comes to.
    pub lesson: f64,
    /// What is to be said about the difference, or about the inputs.
    pub remark: &'static str,
}

impl Worked {
    /// What the deployment costs by this model, without the lump sum.
    ///
    /// # Errors
    /// As [`bill`]; never for the lines of [`WORKED`].
    pub fn computed(&self) -> Result<f64, CostError> {
        Ok(bill(&self.deployment)?.total())
    }
}

/// A deployment of db.r6g.xlarge, in a constant.
const fn r6g(standby: bool, replicas: u32, abroad: u32, gb_per_day: f64) -> Deployment {
    let price_per_gb = if abroad == 0 { 0.0 } else { 0.02 };
    Deployment {
        price_per_hour: 0.50,
        hours: super::HOURS_PER_MONTH,
        standby,
        replicas,
        abroad,
        gb_per_day,
        price_per_gb,
        storage: None,
    }
}

/// The worked example, line by line.
pub const WORKED: [Worked; 6] = [
    Worked {
        what: "one node",
        deployment: r6g(false, 0, 0, 0.0),
        lump: 0.0,
        lesson: 365.0,
        remark: "storage left out, here and below",
    },
    Worked {
        what: "leader and two replicas in the region",
        deployment: r6g(false, 2, 0, 0.0),
        lump: 50.0,
        lesson: 1_145.0,
        remark: "RDS charges nothing for this traffic: the 50 don't arise",
    },
    Worked {
        what: "leader and standby (Multi-AZ)",
        deployment: r6g(true, 0, 0, 0.0),
        lump: 0.0,
        lesson: 730.0,
        remark: "the standby answers no reads",
    },
    Worked {
        what: "leader, standby and two replicas",
        deployment: r6g(true, 2, 0, 0.0),
        lump: 0.0,
        lesson: 1_460.0,
        remark: "",
    },
    Worked {
        what: "leader and a replica in another region, 100 GB a day",
        deployment: r6g(false, 0, 1, 100.0),
        lump: 0.0,
        lesson: 790.0,
        remark: "30 days of 100 GB at $0.02",
    },
    Worked {
        what: "Spanner, multi-region, one node",
        deployment: Deployment { price_per_hour: 3.0, ..r6g(false, 0, 0, 0.0) },
        lump: 0.0,
        lesson: 2_000.0,
        remark: "$3 an hour is listed: the lesson rounds down",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lesson_adds_up_but_for_the_price_that_it_rounds() {
        for line in &WORKED[..5] {
            assert_eq!(line.computed().unwrap() + line.lump, line.lesson, "{}", line.what);
        }
        assert_eq!(
            WORKED.map(|line| line.computed().unwrap()),
            [365.0, 1_095.0, 730.0, 1_460.0, 790.0, 2_190.0]
        );
        // The lesson says “3 times” for the second line.
        assert_eq!(format!("{:.2}", WORKED[1].lesson / WORKED[0].lesson), "3.14");
    }
}
