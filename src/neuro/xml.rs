//! XML elements: read strictly into a small tree, and written.
//!
//! ```text
//! bytes ── UTF-8, XML 1.0 characters, limits ──> Element ── write ──> text
//!                                                   └── to_json ──> {"__name", "__ns", …}
//! ```
//!
//! Only elements, attributes and text are taken. A DOCTYPE, entities of one's own and processing
//! instructions are refused, so nothing can grow while it is read; comments are skipped. An element
//! holds text or elements, not both. Attributes of foreign namespaces (`xsi:…`) are left out.

mod chars;
mod projection;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::Error;

/// An element. May hold personal data: Debug output shows its name only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Local name.
    pub name: String,
    /// URI of its namespace, empty for none.
    pub namespace: String,
    /// Names and values in the order written, without declarations of namespaces. No name twice.
    pub attributes: Vec<(String, String)>,
    /// In the order written.
    pub children: Vec<Element>,
    /// Empty if there are children.
    pub text: String,
}

impl Element {
    /// Without anything in it.
    pub fn new(name: &str, namespace: &str) -> Self {
        Self { name: name.to_owned(), namespace: namespace.to_owned(), ..Self::default() }
    }

    /// With a further attribute, whose name must be new.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: impl Into<String>) -> Self {
        debug_assert!(self.get(name).is_none(), "{name} is given twice");
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// With a further child.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// With text, instead of what it had.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// An attribute's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The children of this name, in the element's own namespace.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children
            .iter()
            .filter(move |child| child.name == name && child.namespace == self.namespace)
    }
}

impl std::fmt::Debug for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Element({{{}}}{} …)", self.namespace, self.name)
    }
}
