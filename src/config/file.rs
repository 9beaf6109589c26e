//! The TOML file as a flat list: dotted key, value, line. Knows nothing about which keys exist.

use toml_edit::{Document, TableLike};

use super::error::Problem;
use super::value::Raw;

/// One value of the file. An empty table counts as a value, so that an unknown empty section is noticed.
#[derive(Debug)]
pub(super) struct Entry {
    /// Dotted key. A part that is no bare TOML key is quoted: one with a dot cannot pass for two parts.
    pub key: String,
    /// What stands there.
    pub raw: Raw,
    /// Counted from 1.
    pub line: usize,
}

/// Lists the values in the order of their lines; a syntax error is answered with its line.
pub(super) fn entries(text: &str) -> Result<Vec<Entry>, (usize, Problem)> {
    let document = Document::parse(text).map_err(|error| {
        // Not `to_string`: that quotes the line, and with it perhaps a secret.
        let message = error.message().lines().map(str::trim).collect::<Vec<_>>().join(", ");
        (line(text, error.span().map_or(0, |span| span.start)), Problem::Syntax(message))
    })?;
    let mut entries = Vec::new();
    flatten(text, "", document.as_table(), &mut entries);
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

fn flatten(text: &str, prefix: &str, table: &dyn TableLike, entries: &mut Vec<Entry>) {
    for (name, item) in table.iter() {
        let is_bare =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let name_shown = if is_bare { name.to_owned() } else { format!("{name:?}") };
        let key = if prefix.is_empty() { name_shown } else { format!("{prefix}.{name_shown}") };
        if let Some(inner) = item.as_table_like().filter(|inner| !inner.is_empty()) {
            flatten(text, &key, inner, entries);
        } else if let Ok(value) = item.clone().into_value() {
            let start = table
                .key(name)
                .and_then(toml_edit::Key::span)
                .or_else(|| item.span())
                .map_or(0, |span| span.start);
            entries.push(Entry { key, raw: Raw::Toml(value), line: line(text, start) });
        }
    }
}

/// The line, from 1, of the byte at `offset`.
fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<(String, usize)> {
        entries(text)
            .expect("valid TOML")
            .into_iter()
            .map(|entry| (entry.key, entry.line))
            .collect()
    }

    #[test]
    fn tables_dotted_keys_and_inline_tables_are_the_same() {
        assert_eq!(
            keys("# c\n[a.b]\nc = 1\n\nd = 2"),
            [("a.b.c".to_owned(), 3), ("a.b.d".to_owned(), 5)]
        );
        assert_eq!(keys("a.b.c = 1\n[x]\n"), [("a.b.c".to_owned(), 1), ("x".to_owned(), 2)]);
        assert_eq!(keys("\na = { b = { c = 1 } }"), [("a.b.c".to_owned(), 2)]);
        assert_eq!(keys("[[a]]\nb = 1"), [("a".to_owned(), 1)]);
    }

    #[test]
    fn quoted_dot_is_not_a_section() {
        assert_eq!(keys("\"a.b\" = 1"), [("\"a.b\"".to_owned(), 1)]);
    }

    #[test]
    fn syntax_error_has_its_line_and_no_text_of_the_file() {
        let (line, problem) = entries("a = 1\nb = hunter2\n").expect_err("unquoted");
        assert_eq!(line, 2);
        assert!(
            !problem.to_string().contains("hunter2") && !problem.to_string().contains('\n'),
            "{problem}"
        );
    }
}
