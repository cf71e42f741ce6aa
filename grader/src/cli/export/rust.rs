//! Rust code in colours, by what the compiler's own lexer says of it.

use html_escape::encode_text;
use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, Token, TokenKind, tokenize};

use crate::similarity::KEYWORDS;

/// Code as HTML: each token of a kind that has a colour in a `<span>` of its class. Any text will do; it need not compile.
pub fn highlighted(code: &str) -> String {
    let tokens: Vec<Token> = tokenize(code, FrontmatterAllowed::No).collect();
    let mut out = String::new();
    let mut rest = code;
    for (at, token) in tokens.iter().enumerate() {
        let (text, behind) = rest.split_at(token.len as usize);
        let next = tokens.get(at + 1).map(|next| next.kind);
        match class(token.kind, text, next) {
            Some(class) => out.push_str(&format!("<span class=\"{class}\">{}</span>", encode_text(text))),
            None => out.push_str(&encode_text(text)),
        }
        rest = behind;
    }
    out
}

fn class(kind: TokenKind, text: &str, next: Option<TokenKind>) -> Option<&'static str> {
    Some(match kind {
        TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => "comment",
        TokenKind::Literal { kind: LiteralKind::Int { .. } | LiteralKind::Float { .. }, .. } => "number",
        TokenKind::Literal { .. } => "string",
        TokenKind::Lifetime { .. } | TokenKind::RawLifetime => "lifetime",
        TokenKind::Ident if KEYWORDS.contains(&text) => "keyword",
        TokenKind::Ident if next == Some(TokenKind::Bang) => "macro",
        TokenKind::Ident if text.starts_with(char::is_uppercase) => "type",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_the_class_of_their_kind_and_the_text_is_unchanged() {
        let code = "// a < b\nfn f<'a>(x: &'a Ring) -> u8 { println!(\"{x}\"); 1.5e3 != r#\"&\"# }";
        insta::assert_snapshot!(highlighted(code), @r##"
        <span class="comment">// a &lt; b</span>
        <span class="keyword">fn</span> f&lt;<span class="lifetime">'a</span>&gt;(x: &amp;<span class="lifetime">'a</span> <span class="type">Ring</span>) -&gt; u8 { <span class="macro">println</span>!(<span class="string">"{x}"</span>); <span class="number">1.5e3</span> != <span class="string">r#"&amp;"#</span> }
        "##);
        let page = scraper::Html::parse_fragment(&highlighted(code));
        assert_eq!(page.root_element().text().collect::<String>(), code);
    }

    #[test]
    fn a_cell_that_is_no_rust_is_shown_all_the_same() {
        assert_eq!(
            highlighted(":dep grader = { path = \"../grader\" }"),
            ":dep grader = { path = <span class=\"string\">\"../grader\"</span> }"
        );
        assert_eq!(highlighted("\"never ends <"), "<span class=\"string\">\"never ends &lt;</span>");
    }
}
