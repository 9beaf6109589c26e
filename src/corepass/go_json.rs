//! JSON with the exact bytes of Go's `encoding/json`, because those bytes are what is signed.
//!
//! ```text
//!                      Go, here            serde_json
//! <  >  &              \u003c \u003e \u0026   as they are
//! U+2028  U+2029       \u2028 \u2029          as they are
//! backspace, form feed \u0008 \u000c          \b \f
//! other controls       \n \r \t \u00xx        the same
//! other non-ASCII      as it is               the same
//! 1.0, 1e21            1, 1e+21               1.0, 1e21
//! ```
//!
//! Compact, no newline at the end; members in the order of the struct or of the map.
//!
//! Source: the standard library of Go 1.19, `encoding/json`. Go 1.22 writes `\b` and `\f`; the
//! documentation's samples are older than that.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

/// Serialises `value`: structs and lists of strings, integers and JSON values; not `f32`.
///
/// # Panics
/// When a `Serialize` implementation reports an error or a map has keys other than strings.
pub fn to_vec(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, Go))
        .expect("invariant: message bodies serialise, and writing to memory cannot fail");
    bytes
}

struct Go;

impl Formatter for Go {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        let mut written = 0;
        for (at, found) in fragment.match_indices(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            writer.write_all(&fragment.as_bytes()[written..at])?;
            let code = found.chars().next().map_or(0, u32::from);
            write!(writer, "\\u{code:04x}")?;
            written = at + found.len();
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn write_char_escape<W>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        match escape {
            CharEscape::Quote => writer.write_all(b"\\\""),
            CharEscape::ReverseSolidus => writer.write_all(b"\\\\"),
            CharEscape::Solidus => writer.write_all(b"/"),
            CharEscape::LineFeed => writer.write_all(b"\\n"),
            CharEscape::CarriageReturn => writer.write_all(b"\\r"),
            CharEscape::Tab => writer.write_all(b"\\t"),
            CharEscape::Backspace => writer.write_all(b"\\u0008"),
            CharEscape::FormFeed => writer.write_all(b"\\u000c"),
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04x}"),
        }
    }

    fn write_f64<W>(&mut self, writer: &mut W, value: f64) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        let magnitude = value.abs();
        if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
            return write!(writer, "{value}");
        }
        write_exponential(writer, &format!("{value:e}"))
    }
}

/// `1e21` becomes `1e+21`; a negative exponent has no leading zero in either language.
fn write_exponential<W: ?Sized + Write>(writer: &mut W, text: &str) -> io::Result<()> {
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => {
            write!(writer, "{mantissa}e+{exponent}")
        }
        _ => writer.write_all(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn text(value: &impl Serialize) -> String {
        String::from_utf8(to_vec(value)).expect("UTF-8")
    }

    #[test]
    fn html_and_line_separators_are_escaped() {
        assert_eq!(
            text(&"<a href='x'>&\u{2028}\u{2029}</a>/"),
            r#""\u003ca href='x'\u003e\u0026\u2028\u2029\u003c/a\u003e/""#
        );
        assert_eq!(text(&json!({"a&b": "&"})), r#"{"a\u0026b":"\u0026"}"#);
    }

    #[test]
    fn controls_are_escaped_as_up_to_go_1_21() {
        assert_eq!(
            text(&"\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{b}\"\\"),
            r#""\u0008\u000c\n\r\t\u0000\u001f\u000b\"\\""#
        );
    }

    #[test]
    fn other_characters_stay_as_they_are() {
        let raw = "é ß 漢字 🦀 \u{7f}\u{80}\u{2027}\u{202a}\u{feff}'+=/";
        assert_eq!(text(&raw), format!("\"{raw}\""));
    }

    #[test]
    fn output_is_compact_and_keeps_the_order() {
        let value = json!({"b": [1, -2, {"z": null, "a": true}], "a": {}, "c": []});
        assert_eq!(text(&value), r#"{"b":[1,-2,{"z":null,"a":true}],"a":{},"c":[]}"#);
    }

    #[test]
    fn numbers_are_written_as_by_go() {
        let cases = [
            (1.0, "1"),
            (-0.5, "-0.5"),
            (0.0, "0"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.25e-10, "1.25e-10"),
        ];
        for (number, expected) in cases {
            assert_eq!(text(&number), expected);
        }
        assert_eq!(text(&u64::MAX), "18446744073709551615");
        assert_eq!(text(&i64::MIN), "-9223372036854775808");
    }

    fn values() -> impl Strategy<Value = Value> {
        let strings = || {
            let special = "[<>&\u{2028}\u{2029}\u{0}-\u{1f}a\"\\\\]{0,9}";
            prop_oneof![any::<String>(), special.prop_map(String::from)]
        };
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            strings().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((strings(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn output_parses_back_to_the_same_value(value in values()) {
            let bytes = to_vec(&value);
            prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).expect("JSON"), value);
            let specials = |byte: &u8| matches!(byte, b'<' | b'>' | b'&' | 0..0x20);
            prop_assert!(!bytes.iter().any(specials));
        }

        #[test]
        fn numbers_parse_back(number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
            let parsed: f64 = text(&number).parse().expect("a number");
            prop_assert_eq!(parsed.to_bits(), number.to_bits());
        }
    }
}
