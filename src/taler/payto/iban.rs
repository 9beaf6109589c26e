//! IBANs: letters, digits and a checksum modulo 97.
//!
//! Source: ISO 13616; exchange `src/util/iban.c`.

const CHARS_MIN: usize = 5;
const CHARS_MAX: usize = 34;

/// The IBAN of a path: alone, or behind a BIC. `None`: other than one or two segments.
pub(super) fn of_path(path: &str) -> Option<&str> {
    match path.split_once('/') {
        None => Some(path),
        Some((_, iban)) if !iban.contains('/') => Some(iban),
        Some(_) => None,
    }
}

/// Two letters, two digits, letters and digits, 5 to 34 in all, of which the rest is 1.
pub(super) fn is_valid(iban: &str) -> bool {
    let chars = iban.as_bytes();
    if !(CHARS_MIN..=CHARS_MAX).contains(&chars.len()) {
        return false;
    }
    let (country, rest) = chars.split_at(2);
    let (check, account) = rest.split_at(2);
    country.iter().all(u8::is_ascii_alphabetic)
        && check.iter().all(u8::is_ascii_digit)
        && account.iter().all(u8::is_ascii_alphanumeric)
        && remainder(account.iter().chain(country).chain(check)) == 1
}

/// Modulo 97, with a letter as the two digits 10 to 35.
fn remainder<'a>(chars: impl Iterator<Item = &'a u8>) -> u32 {
    chars.fold(0, |rest, character| {
        let (factor, digit) = match character.to_ascii_uppercase() {
            digit @ b'0'..=b'9' => (10, u32::from(digit - b'0')),
            letter => (100, u32::from(letter.wrapping_sub(b'A')) + 10),
        };
        (rest * factor + digit) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_tells() {
        for good in [
            "DE75512108001245126199",
            "de75512108001245126199",
            "GB82WEST12345698765432",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert!(is_valid(good), "{good}");
        }
        for wrong in [
            "DE76512108001245126199",
            "DE75512108001245126198",
            "DE7551210800124512619",
            "DE",
            "",
            "7512DE108001245126199",
            "DE75 5121 0800 1245 1261 99",
            "DEX5512108001245126199",
        ] {
            assert!(!is_valid(wrong), "{wrong}");
        }
        assert!(!is_valid(&format!("DE75{}", "0".repeat(31))));
    }

    #[test]
    fn any_other_digit_is_noticed() {
        let good = "DE75512108001245126199";
        for at in 2..good.len() {
            for digit in '0'..='9' {
                let mut other = good.to_owned();
                other.replace_range(at..=at, &digit.to_string());
                assert_eq!(is_valid(&other), other == good, "{other}");
            }
        }
    }
}
