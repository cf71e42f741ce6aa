//! Computed numbers as they are compared.

/// A number to six significant digits, so that two ways of computing it give the same observation. As text: a number
/// that JSON's reader gives back may differ in its last digit, and JSON has no NaN.
pub(super) fn significant(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    // Adding zero turns a negative zero into a positive one.
    let text = format!("{:?}", rounded + 0.0);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// What a function returned, for an observation: its number to six digits, or why there is none.
pub(super) fn noted<E: std::fmt::Display>(got: Result<f64, E>) -> Result<String, String> {
    got.map(significant).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_compared() {
        assert_eq!([0.1 + 0.2, 2.998e-6, 1e-24].map(significant), ["0.3", "2.998e-6", "1e-24"]);
        assert_eq!([52.559_999_999_9, 1e6, 0.0, -0.0].map(significant), ["52.56", "1000000", "0", "0"]);
        assert_eq!([f64::NAN, f64::INFINITY].map(significant), ["NaN", "inf"]);
    }
}
