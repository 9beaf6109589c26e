//! Which characters XML knows, and what stands for them: the five named entities and numbers.
//!
//! Source: XML 1.0, fifth edition, productions 2, 4, 4a, 66; section 3.3.3.

use super::Error;

/// Whether a document may hold the character at all.
pub fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a document may hold all of a text. By bytes, since an attachment has millions.
pub fn are_chars(text: &str) -> bool {
    let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    // All in one go, without a way out, is what a machine does many of at once.
    let controls = text.bytes().filter(|byte| is_control(*byte)).count();
    controls == 0 && !text.contains('\u{fffe}') && !text.contains('\u{ffff}')
}

/// Whether the text is a name without a colon.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(starts_name) && chars.all(|c| starts_name(c) || continues_name(c))
}

fn starts_name(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn continues_name(c: char) -> bool {
    matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// What stands between `&` and `;`.
pub fn referred(name: &str) -> Result<char, Error> {
    match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    let number = name.strip_prefix('#').ok_or(Error::Entity)?;
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
    // `from_str_radix` takes a sign, XML does not.
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(Error::Entity);
    }
    let number = u32::from_str_radix(digits, radix).map_err(|_| Error::Entity)?;
    char::from_u32(number).filter(|c| is_char(*c)).ok_or(Error::Character)
}

/// The value of an attribute: references resolved, each white character as written a space.
pub fn value(written: &str) -> Result<String, Error> {
    if written.contains('<') {
        return Err(Error::Syntax);
    }
    let mut value = String::with_capacity(written.len());
    let mut parts = written.split('&');
    push_spaced(&mut value, parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or(Error::Entity)?;
        value.push(referred(name)?);
        push_spaced(&mut value, rest);
    }
    Ok(value)
}

fn push_spaced(value: &mut String, part: &str) {
    // An end of line is one character, however it is written.
    for (at, line) in part.split("\r\n").enumerate() {
        if at > 0 {
            value.push(' ');
        }
        let mut pieces = line.split(['\t', '\n', '\r']);
        value.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            value.push(' ');
            value.push_str(piece);
        }
    }
}

/// Text between elements: each end of line a line feed, however it is written.
pub fn push_lines(text: &mut String, written: &str) {
    for (at, line) in written.split("\r\n").enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let mut pieces = line.split('\r');
        text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            text.push('\n');
            text.push_str(piece);
        }
    }
}
