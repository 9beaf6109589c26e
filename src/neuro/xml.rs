//! XML elements.

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
        self.attributes.push((name.to_owned(), value.into()));
        self
    }
}

impl std::fmt::Debug for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Element({{{}}}{} …)", self.namespace, self.name)
    }
}
