pub(super) fn two_leaders_without_fencing(_text: &str) -> super::Ruling { super::Ruling::refused("x") }
