//! Writes an element: no white space between elements, double quotes, `xmlns` behind the other
//! attributes and only where the namespace changes, `/>` for empty elements, and `& < > " '` always
//! as named entities. That is how the Neuron writes what is signed.

use super::Element;
use super::chars::is_char;

impl Element {
    /// The element as the root of a document, without a declaration.
    pub fn write(&self) -> String {
        let mut text = String::new();
        self.write_to(&mut text, "");
        text
    }

    fn write_to(&self, text: &mut String, outer: &str) {
        text.push('<');
        text.push_str(&self.name);
        for (name, value) in &self.attributes {
            push_attribute(text, name, value);
        }
        if self.namespace != outer {
            push_attribute(text, "xmlns", &self.namespace);
        }
        if self.text.is_empty() && self.children.is_empty() {
            text.push_str("/>");
            return;
        }
        text.push('>');
        push_escaped(text, &self.text, false);
        for child in &self.children {
            child.write_to(text, &self.namespace);
        }
        text.push_str("</");
        text.push_str(&self.name);
        text.push('>');
    }
}

fn push_attribute(text: &mut String, name: &str, value: &str) {
    text.push(' ');
    text.push_str(name);
    text.push_str("=\"");
    push_escaped(text, value, true);
    text.push('"');
}

/// What XML does not have becomes U+FFFD; what it would read as something else, a number.
fn push_escaped(text: &mut String, value: &str, is_attribute: bool) {
    let mut rest = value;
    // Most values are long and plain: whole pieces, not characters.
    while let Some(at) = rest.find(|c| needs_care(c, is_attribute)) {
        text.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        match chars.next() {
            Some('&') => text.push_str("&amp;"),
            Some('<') => text.push_str("&lt;"),
            Some('>') => text.push_str("&gt;"),
            Some('"') => text.push_str("&quot;"),
            Some('\'') => text.push_str("&apos;"),
            Some('\t') => text.push_str("&#x9;"),
            Some('\n') => text.push_str("&#xA;"),
            Some('\r') => text.push_str("&#xD;"),
            Some(_) => text.push('\u{fffd}'),
            None => {}
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
}

fn needs_care(c: char, is_attribute: bool) -> bool {
    match c {
        '&' | '<' | '>' | '"' | '\'' | '\r' => true,
        '\t' | '\n' => is_attribute,
        _ => !is_char(c),
    }
}
