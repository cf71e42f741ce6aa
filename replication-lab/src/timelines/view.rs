//! Strategies and thresholds beside each other.

use super::service::{DayCost, Service};
use crate::view::{Chart, Figure, Table};

/// Push, pull and a hybrid beside each other, for one day.
pub fn strategies_table(service: &Service, threshold: u64) -> Figure {
    let hybrid = format!("hybrid, push below {}", grouped(threshold));
    let rows = [("pull".to_owned(), 0), ("push".to_owned(), u64::MAX), (hybrid, threshold)];
    table("strategy", rows.map(|(name, threshold)| (name, service.cost(threshold))))
}

/// Every threshold that makes a difference; the cheapest is marked. Its work and waiting, for one day.
pub fn threshold_table(service: &Service) -> Figure {
    let cheapest = service.cheapest().threshold;
    let name = |threshold| match threshold == cheapest {
        true => format!("{} (cheapest)", grouped(threshold)),
        false => grouped(threshold),
    };
    let rows = service.candidates().into_iter().map(|threshold| (name(threshold), service.cost(threshold)));
    table("push below", rows)
}

fn table(first: &str, rows: impl IntoIterator<Item = (String, DayCost)>) -> Figure {
    let header = [
        first,
        "entries written",
        "bytes",
        "look-ups a load",
        "work",
        "largest burst",
        "its last entry after",
    ];
    let row = |table: Table, (name, cost): (String, DayCost)| {
        table.row([
            name,
            scaled(cost.entries, ""),
            scaled(cost.bytes, "B"),
            format!("{:.1}", cost.lookups_per_load),
            scaled(cost.work(), ""),
            grouped(cost.burst),
            format!("{} s", cost.burst_s),
        ])
    };
    rows.into_iter().fold(Table::new(header), row).figure()
}

/// The work of a day over the threshold: of writing, of looking up, and of both.
pub fn threshold_chart(title: &str, service: &Service) -> Figure {
    let costs: Vec<DayCost> =
        service.candidates().into_iter().map(|threshold| service.cost(threshold)).collect();
    let points = |of: fn(&DayCost) -> u64| {
        let point = |cost: &DayCost| (libm::log10(cost.threshold.max(1) as f64), of(cost) as f64 / 1e9);
        costs.iter().map(point).collect::<Vec<_>>()
    };
    Chart::new(title, "threshold in followers, as a power of ten", "work a day, in thousand millions")
        .line("writing", points(|cost| cost.write_work))
        .line("looking up", points(|cost| cost.lookup_work))
        .line("both", points(DayCost::work))
        .figure()
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    if number == u64::MAX {
        return "any number".to_owned();
    }
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A large number in thousands, millions and so on: `804 G`.
fn scaled(number: u64, unit: &str) -> String {
    let mut value = number as f64;
    let mut prefix = 0;
    while value >= 1_000.0 && prefix < 6 {
        value /= 1_000.0;
        prefix += 1;
    }
    let digits = if libm::round(value) == value { format!("{value:.0}") } else { format!("{value:.1}") };
    format!("{digits} {}{unit}", ["", "k", "M", "G", "T", "P", "E"][prefix]).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_strategies() {
        insta::assert_snapshot!(strategies_table(&Service::textbook(), 10_000).as_text());
    }

    #[test]
    fn every_threshold() {
        insta::assert_snapshot!(threshold_table(&Service::textbook()).as_text());
    }

    #[test]
    fn the_curve_has_its_lowest_point_inside() {
        insta::assert_snapshot!(threshold_chart("Where to stop pushing", &Service::textbook()).as_text());
    }

    #[test]
    fn numbers_for_readers() {
        assert_eq!([0, 999, 10_000, 50_000_000].map(grouped), ["0", "999", "10,000", "50,000,000"]);
        assert_eq!([0, 999, 1_500, u64::MAX].map(|n| scaled(n, "B")), ["0 B", "999 B", "1.5 kB", "18.4 EB"]);
    }
}
