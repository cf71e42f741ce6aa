//! Bills and prices as tables.

use super::prices::{PRICES, WORKED};
use super::{CostError, Deployment, bill};
use crate::view::Table;

/// Dollars, to the cent where there are cents.
fn dollars(value: f64) -> String {
    match value.fract() == 0.0 {
        true => format!("${value:.0}"),
        false => format!("${value:.2}"),
    }
}

/// A bill for each deployment: nodes, transfer, storage, all of it, and how many times the first one.
///
/// # Errors
/// As [`bill`].
pub fn bills_table(deployments: &[(&str, Deployment)]) -> Result<Table, CostError> {
    let mut table = Table::new([
        "deployment",
        "nodes",
        "for nodes",
        "between regions",
        "storage",
        "a month",
        "× the first",
    ]);
    let mut first = None;
    for (what, deployment) in deployments {
        let bill = bill(deployment)?;
        let first = *first.get_or_insert(bill.total());
        table = table.row([
            (*what).to_owned(),
            deployment.nodes().to_string(),
            dollars(bill.nodes),
            dollars(bill.transfer),
            dollars(bill.storage),
            dollars(bill.total()),
            format!("{:.2}", bill.total() / first),
        ]);
    }
    Ok(table)
}

/// Every price, how old it is and where it comes from; below, the worked example: what the lesson says and what the
/// model computes.
pub fn prices_table() -> [Table; 2] {
    let mut prices = Table::new(["price", "dollars", "for a", "dated", "from"]);
    for price in PRICES {
        prices = prices.row([
            price.what.to_owned(),
            format!("{}", price.dollars),
            price.per.to_string(),
            price.dated.to_owned(),
            price.source.to_string(),
        ]);
    }
    let mut worked = Table::new(["deployment", "lesson", "computed", "remark"]);
    for line in WORKED {
        let computed = line.computed().map_or_else(|error| error.to_string(), dollars);
        worked = worked.row([line.what, &dollars(line.lesson), &computed, line.remark]);
    }
    [prices, worked]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Storage;

    #[test]
    fn tables_of_prices_and_bills() {
        let single = Deployment::single(0.50);
        let abroad = Deployment { abroad: 1, gb_per_day: 100.0, price_per_gb: 0.02, ..single };
        let stored = Deployment { storage: Some(Storage { gb: 500.0, price_per_gb_month: 0.115 }), ..abroad };
        let bills =
            bills_table(&[("alone", single), ("two regions", abroad), ("with disks", stored)]).unwrap();
        let [prices, worked] = prices_table();
        let texts = [prices, worked, bills].map(|table| table.figure().as_text().to_owned());
        insta::assert_snapshot!(texts.join("\n\n"));
    }
}
