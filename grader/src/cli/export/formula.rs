//! Formulas: LaTeX to MathML, which browsers draw by themselves.

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

/// A formula, in a line of text or as a block of its own.
///
/// # Errors
/// What in it is not understood, with the formula.
pub fn mathml(latex: &str, block: bool) -> Result<String, String> {
    let display = if block { MathDisplay::Block } else { MathDisplay::Inline };
    let converter = LatexToMathML::new(MathCoreConfig::default()).expect("no macros, none of them wrong");
    converter
        .convert_with_local_counter(latex, display)
        .map_err(|why| format!("the formula {latex:?} is not understood: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_of_the_course_and_others_are_drawn() {
        let drawn = |latex| mathml(latex, true).unwrap();
        assert_eq!(
            drawn("W + R > N"),
            "<math display=\"block\"><mi>W</mi><mo>+</mo><mi>R</mi><mo>&gt;</mo><mi>N</mi></math>"
        );
        let stale = drawn(r"P(\text{stale}) = \binom{N-W}{R} \Big/ \binom{N}{R}");
        assert!(
            stale.contains("<mtext>stale</mtext>") && stale.contains("<mfrac linethickness=\"0\">"),
            "{stale}"
        );
        assert!(drawn(r"\frac{1}{2} \le \lfloor x_i \rfloor").contains("<mfrac>"));
        assert!(drawn("a < b").contains("<mo>&lt;</mo>"));
    }

    #[test]
    fn what_is_no_formula_is_refused_with_its_text() {
        let refused = mathml(r"\frac{1}{", true).unwrap_err();
        assert!(refused.starts_with(r#"the formula "\\frac{1}{" is not understood: "#), "{refused}");
    }
}
