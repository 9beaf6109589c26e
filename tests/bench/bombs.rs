//! Documents that are made to cost the reader of XML more than they cost their sender.

use std::time::{Duration, Instant};

use kycd::config::limits::{
    BODY_BYTES_MAX, XML_ATTRIBUTE_BYTES_MAX, XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX,
    XML_MARKUP_MAX, XML_REFERENCES_MAX,
};
use kycd::neuro::wire::NAMESPACE;
use kycd::neuro::xml::Element;

/// What `neuro.attachment_bytes_max` is if nothing is configured.
const ATTACHMENT_BYTES: usize = 5 << 20;
/// The largest body that is read: such an attachment in base64, and the rest.
pub const BOMB_BYTES: usize = ATTACHMENT_BYTES.div_ceil(3) * 4 + BODY_BYTES_MAX;

/// Elements in each other with as many declarations each as are taken; the tokenizer takes 128 in all.
const DECLARING: usize = 3;

/// A bomb, under what it is made of.
pub type Bomb = (&'static str, String);

/// All kinds, each of [`BOMB_BYTES`] unless it says something else.
pub fn all() -> Vec<Bomb> {
    let numbered = |one: &dyn Fn(usize) -> String, count: usize| -> String {
        (0..count).map(one).collect::<Vec<_>>().concat()
    };
    // More than there is room for; cut off at the end.
    let many = |one: &dyn Fn(usize) -> String| numbered(one, BOMB_BYTES / one(0).len());
    let attribute = |value: &str| format!("<a xmlns=\"{NAMESPACE}\" b=\"{value}\"/>");
    let filled = |piece: &str, bytes: usize| attribute(&piece.repeat(bytes / piece.len()));
    let few = BOMB_BYTES - 1_024;

    let laugh = |n: usize| format!("<!ENTITY e{} \"&e{n};&e{n};&e{n};\">", n + 1);
    let laughs = numbered(&laugh, XML_MARKUP_MAX - 2);
    let rest = " ".repeat(BOMB_BYTES.saturating_sub(laughs.len()));
    let references = "&#65;".repeat(XML_REFERENCES_MAX);
    let comment = format!("<!--{}-->", "- ".repeat(BOMB_BYTES / XML_MARKUP_MAX / 2 - 6));
    let unknown = " unknown:a=\"\"".repeat(few / 13);
    // All names are looked up in all declarations around them.
    let around = |level: usize| {
        let one = |n: usize| format!(" xmlns:n{}=\"u{n}\"", XML_ATTRIBUTES_MAX * level + n);
        format!("<a{}>", numbered(&one, XML_ATTRIBUTES_MAX))
    };
    let prefixed = numbered(&|n| format!(" n0:a{n}=\"\""), XML_ATTRIBUTES_MAX);
    let children = format!("<n0:c{prefixed}/>").repeat(XML_ELEMENTS_MAX - XML_DEPTH_MAX);
    let used = format!("{}{children}{}", numbered(&around, DECLARING), "</a>".repeat(DECLARING));
    let spread = " ".repeat(BOMB_BYTES / XML_MARKUP_MAX - 8);

    let bombs = vec![
        ("elements in each other", "<a>".repeat(BOMB_BYTES / 3)),
        ("start tags far apart", format!("<a{spread}>").repeat(XML_MARKUP_MAX)),
        ("elements beside each other", format!("<a>{}</a>", "<b/>".repeat(BOMB_BYTES / 4 - 2))),
        ("DOCTYPE, entities of entities", format!("<!DOCTYPE a [{laughs}]>{rest}<a>&e9;</a>")),
        ("DOCTYPE, an entity of megabytes", {
            format!("<!DOCTYPE a [<!ENTITY e \"{}\">]><a>&e;</a>", "x".repeat(few))
        }),
        ("DOCTYPE without an end", format!("<!DOCTYPE a [{}", "\"'[".repeat(few / 3))),
        ("references in an attribute", filled("&amp;", few)),
        ("references as many as are taken", {
            attribute(&format!("{references}{}", "x".repeat(few - references.len())))
        }),
        ("references in a text", format!("<a>{references}</a>")),
        ("attributes", format!("<a{}/>", many(&|n| format!(" a{n:06}=\"\"")))),
        ("attributes of one name", format!("<a{}/>", " a=\"\"".repeat(few / 5))),
        ("namespaces", format!("<a{}/>", many(&|n| format!(" xmlns:n{n:06}=\"u\"")))),
        ("namespaces as many as are taken", used),
        ("prefixes that stand for nothing", format!("<a{unknown}/>")),
        ("a name of megabytes", format!("<{}/>", "a".repeat(few))),
        ("a quote without an end", format!("<a b=\"{}", "x".repeat(few))),
        ("an attribute of tabs", filled("\t", few)),
        ("an attribute of ends of lines", filled("\r\n", few)),
        ("an attribute in Chinese", filled("漢", few)),
        ("a text of megabytes", format!("<a>{}</a>", "x".repeat(few))),
        ("a comment of megabytes", format!("<a><!--{}--></a>", "- ".repeat(few / 2))),
        ("comments", format!("<a>{}</a>", comment.repeat(XML_MARKUP_MAX - 2))),
        ("white space around", format!("{}<a/>", " \n".repeat(few / 2))),
        ("valid, base64", filled("QUJD", few)),
        ("valid, base64 of 15 MiB", filled("QUJD", XML_ATTRIBUTE_BYTES_MAX)),
    ];
    let cut = |(name, mut text): Bomb| {
        if !name.ends_with("MiB") {
            text.truncate(BOMB_BYTES);
        }
        (name, text)
    };
    bombs.into_iter().map(cut).collect()
}

/// How long the reader works on it, at best, and what it says in the end. It works on one thread
/// and waits for nothing, so the clock shows no less than the CPU time.
pub fn measure(text: &str, rounds: usize) -> (Duration, String) {
    let mut took = Duration::MAX;
    let mut said = String::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let read = Element::read(text.as_bytes());
        took = took.min(started.elapsed());
        said = read.map_or_else(|error| error.to_string(), |_| "taken".to_owned());
    }
    (took, said)
}
