//! What a learner answers.

/// An answer as it was given. Made from a number, a text, or a list of either.
///
/// # Examples
/// ```
/// use grader::question::Answer;
/// assert_eq!(Answer::from(4).to_string(), "4");
/// assert_eq!(Answer::from(["A", "B"]).to_string(), "A B");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A number.
    Number(f64),
    /// Whatever was written.
    Text(String),
    /// Several answers in their order.
    List(Vec<String>),
}

impl Answer {
    /// The answer cut into its words: at white space, commas and semicolons. A list is taken as it is.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Number(number) => vec![number.to_string()],
            Self::Text(text) => text
                .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
                .filter(|word| !word.is_empty())
                .map(str::to_string)
                .collect(),
            Self::List(words) => words.iter().map(|word| word.trim().to_string()).collect(),
        }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::List(words) => f.write_str(&words.join(" ")),
        }
    }
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Answer {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<char> for Answer {
    fn from(letter: char) -> Self {
        Self::Text(letter.into())
    }
}

impl From<f64> for Answer {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

macro_rules! from_integers {
    ($($integer:ty),+) => {
        $(impl From<$integer> for Answer {
            fn from(number: $integer) -> Self {
                // Through text, so that no integer is rounded on its way in.
                Self::Text(number.to_string())
            }
        })+
    };
}
from_integers!(i32, i64, u8, u32, u64, usize);

impl<T: ToString, const N: usize> From<[T; N]> for Answer {
    fn from(items: [T; N]) -> Self {
        Self::List(items.iter().map(T::to_string).collect())
    }
}

impl<T: ToString> From<&[T]> for Answer {
    fn from(items: &[T]) -> Self {
        Self::List(items.iter().map(T::to_string).collect())
    }
}

impl<T: ToString> From<Vec<T>> for Answer {
    fn from(items: Vec<T>) -> Self {
        items.as_slice().into()
    }
}
