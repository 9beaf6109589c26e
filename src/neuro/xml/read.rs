//! Reads a document, within limits.

use quick_xml::NsReader;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::{Namespace, PrefixDeclaration, ResolveResult};

use super::Element;
use super::chars::{are_chars, is_name, push_lines, referred, value};
use crate::config::limits;

/// Why bytes are no document that is taken. Repeats nothing of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Or of another encoding, by its declaration.
    #[error("the XML is not UTF-8")]
    Encoding,
    /// Anything that is no well-formed XML.
    #[error("the XML is not well-formed")]
    Syntax,
    /// One that XML does not have.
    #[error("the XML holds a character that XML does not have")]
    Character,
    /// A document type, whatever it says.
    #[error("the XML has a DOCTYPE")]
    Doctype,
    /// Any but the five named ones and numbers.
    #[error("the XML refers to an entity of its own")]
    Entity,
    /// `<?…?>` other than the declaration.
    #[error("the XML has a processing instruction")]
    Instruction,
    /// A prefix that stands for nothing, or a declaration that cannot be.
    #[error("the XML has a namespace that is not declared")]
    Namespace,
    /// Text and elements side by side.
    #[error("the XML has text beside elements")]
    Mixed,
    /// More than [`limits::XML_DEPTH_MAX`].
    #[error("the XML is nested too deeply")]
    Depth,
    /// More than [`limits::XML_ELEMENTS_MAX`].
    #[error("the XML has too many elements")]
    Elements,
    /// More than [`limits::XML_MARKUP_MAX`] of `<`, or [`limits::XML_REFERENCES_MAX`] of `&`.
    #[error("the XML has too much markup")]
    Markup,
    /// More than [`limits::XML_ATTRIBUTES_MAX`] in one element.
    #[error("the XML has too many attributes in one element")]
    Attributes,
    /// Longer than [`limits::XML_NAME_BYTES_MAX`]; namespaces count as well.
    #[error("the XML has a name that is too long")]
    Name,
    /// Longer than [`limits::XML_ATTRIBUTE_BYTES_MAX`].
    #[error("the XML has an attribute that is too long")]
    Attribute,
    /// Longer than [`limits::XML_TEXT_BYTES_MAX`].
    #[error("the XML has a text that is too long")]
    Text,
}

/// What has been read.
#[derive(Default)]
struct Tree {
    /// From the root to the innermost element that has not ended.
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Element {
    /// The root of a document.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| Error::Encoding)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Comments and references cost more time than room.
        let count = |mark: u8| text.bytes().filter(|byte| *byte == mark).count();
        if count(b'<') > limits::XML_MARKUP_MAX || count(b'&') > limits::XML_REFERENCES_MAX {
            return Err(Error::Markup);
        }
        if !are_chars(text) {
            return Err(Error::Character);
        }
        let mut reader = NsReader::from_str(text);
        reader.config_mut().check_comments = true;
        let mut tree = Tree::default();
        let mut is_first = true;
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|error| of(&error))?;
            let (is_start, is_empty) = (is_first, matches!(event, Event::Empty(_)));
            is_first = false;
            match event {
                Event::Start(start) | Event::Empty(start) => {
                    let namespace = uri(&namespace)?;
                    let element = element(&start, &namespace, &reader)?;
                    tree.start(element)?;
                    if is_empty {
                        tree.end()?;
                    }
                }
                Event::End(_) => tree.end()?,
                Event::Text(text) => {
                    if text.contains("]]>") {
                        return Err(Error::Syntax);
                    }
                    tree.text(&text)?;
                }
                Event::CData(_) if tree.open.is_empty() => return Err(Error::Syntax),
                Event::CData(text) => tree.text(&text)?,
                Event::GeneralRef(name) => tree.character(referred(&name)?)?,
                Event::Comment(_) => {}
                Event::Decl(declaration) if is_start => declared(&declaration)?,
                Event::Decl(_) => return Err(Error::Syntax),
                Event::PI(_) => return Err(Error::Instruction),
                Event::DocType(_) => return Err(Error::Doctype),
                Event::Eof => break,
            }
        }
        if !tree.open.is_empty() {
            return Err(Error::Syntax);
        }
        tree.root.ok_or(Error::Syntax)
    }
}

impl Tree {
    fn start(&mut self, element: Element) -> Result<(), Error> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(Error::Syntax);
        }
        if self.open.len() == limits::XML_DEPTH_MAX {
            return Err(Error::Depth);
        }
        self.elements += 1;
        if self.elements > limits::XML_ELEMENTS_MAX {
            return Err(Error::Elements);
        }
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        let mut element = self.open.pop().ok_or(Error::Syntax)?;
        if !element.children.is_empty() {
            // Between elements there may be white space, and nothing else.
            if element.text.contains(|c| !is_white(c)) {
                return Err(Error::Mixed);
            }
            element.text.clear();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, written: &str) -> Result<(), Error> {
        let Some(element) = self.open.last_mut() else {
            return if written.chars().all(is_white) { Ok(()) } else { Err(Error::Syntax) };
        };
        if element.text.len() + written.len() > limits::XML_TEXT_BYTES_MAX {
            return Err(Error::Text);
        }
        push_lines(&mut element.text, written);
        Ok(())
    }

    fn character(&mut self, c: char) -> Result<(), Error> {
        let element = self.open.last_mut().ok_or(Error::Syntax)?;
        if element.text.len() >= limits::XML_TEXT_BYTES_MAX {
            return Err(Error::Text);
        }
        element.text.push(c);
        Ok(())
    }
}

fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Its name and attributes.
fn element(
    start: &BytesStart<'_>,
    namespace: &str,
    reader: &NsReader<&[u8]>,
) -> Result<Element, Error> {
    let mut element = Element::new(local_name(start.name().0)?, namespace);
    if !are_apart(start.attributes_raw()) {
        return Err(Error::Syntax);
    }
    let mut seen = 0;
    for attribute in start.attributes() {
        // Counted before it is compared with the others.
        seen += 1;
        if seen > limits::XML_ATTRIBUTES_MAX {
            return Err(Error::Attributes);
        }
        let attribute = attribute.map_err(|_| Error::Syntax)?;
        let local = local_name(attribute.key.0)?;
        if attribute.value.len() > limits::XML_ATTRIBUTE_BYTES_MAX {
            return Err(Error::Attribute);
        }
        match attribute.key.as_namespace_binding() {
            Some(PrefixDeclaration::Named(_)) if attribute.value.is_empty() => {
                return Err(Error::Namespace);
            }
            Some(_) if attribute.value.len() > limits::XML_NAME_BYTES_MAX => {
                return Err(Error::Name);
            }
            Some(_) => {
                value(&attribute.value)?;
            }
            None => {
                let value = value(&attribute.value)?;
                match reader.resolver().resolve_attribute(attribute.key).0 {
                    ResolveResult::Unbound => element.attributes.push((local.to_owned(), value)),
                    ResolveResult::Bound(_) => {}
                    ResolveResult::Unknown(_) => return Err(Error::Namespace),
                }
            }
        }
    }
    Ok(element)
}

/// Whether there is white space behind each value; the reader does not mind if there is none.
fn are_apart(attributes: &str) -> bool {
    let mut bytes = attributes.bytes();
    while let Some(quote) = bytes.find(|byte| matches!(byte, b'"' | b'\'')) {
        if bytes.find(|byte| *byte == quote).is_some()
            && bytes.next().is_some_and(|next| !next.is_ascii_whitespace())
        {
            return false;
        }
    }
    true
}

/// What is behind the prefix, if there is one.
fn local_name(name: &str) -> Result<&str, Error> {
    if name.len() > limits::XML_NAME_BYTES_MAX {
        return Err(Error::Name);
    }
    let (prefix, local) = name.split_once(':').unwrap_or(("_", name));
    if is_name(prefix) && is_name(local) { Ok(local) } else { Err(Error::Syntax) }
}

fn uri(namespace: &ResolveResult<'_>) -> Result<String, Error> {
    match namespace {
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Bound(Namespace(written)) if written.len() > limits::XML_NAME_BYTES_MAX => {
            Err(Error::Name)
        }
        ResolveResult::Bound(Namespace(written)) => value(written),
        ResolveResult::Unknown(_) => Err(Error::Namespace),
    }
}

/// Only UTF-8 is read, so nothing else may be claimed.
fn declared(declaration: &BytesDecl<'_>) -> Result<(), Error> {
    let version = declaration.version().map_err(|_| Error::Syntax)?;
    if version != "1.0" {
        return Err(Error::Syntax);
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(Ok(_)) => Err(Error::Encoding),
        Some(Err(_)) => Err(Error::Syntax),
    }
}

fn of(error: &quick_xml::Error) -> Error {
    match error {
        quick_xml::Error::Namespace(_) => Error::Namespace,
        _ => Error::Syntax,
    }
}
