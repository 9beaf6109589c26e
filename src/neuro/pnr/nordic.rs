//! The north: dates, and sums modulo 10, 11 and 31.

use super::digits::{exactly, is_past, luhn, number, of, text, weighted};

/// Personnummer, and samordningsnummer with 60 added to the day.
pub fn se(written: &str, this_year: i32) -> Option<String> {
    let compact = written.replace(' ', "");
    // A plus says that its owner has turned hundred.
    let (date, serial, is_old) = match (compact.split_once('+'), compact.split_once('-')) {
        (Some((date, serial)), None) => (date, serial, true),
        (None, Some((date, serial))) => (date, serial, false),
        (Some(_), Some(_)) => return None,
        (None, None) => {
            let at = compact.len().checked_sub(4)?;
            (compact.get(..at)?, compact.get(at..)?, false)
        }
    };
    let serial: [u32; 4] = exactly(serial)?;
    let (year, rest) = match date.len() {
        8 => (number(&exactly::<4>(date.get(..4)?)?), date.get(2..)?),
        6 => {
            let in_century = number(&exactly::<2>(date.get(..2)?)?) as i32;
            let year = this_year - (this_year - in_century).rem_euclid(100);
            (u32::try_from(if is_old { year - 100 } else { year }).ok()?, date)
        }
        _ => return None,
    };
    let rest: [u32; 6] = exactly(rest)?;
    let (month, day) = (number(&rest[2..4]), number(&rest[4..]));
    let born_on = if day > 60 { day - 60 } else { day };
    let is_good = is_past(year, month, born_on, this_year)
        && luhn(&[rest.as_slice(), serial.as_slice()].concat());
    is_good.then(|| format!("{year:04}{month:02}{day:02}-{}", text(&serial)))
}

/// Fødselsnummer, and D-nummer with 40 added to the day.
pub fn no(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 11] = of(written)?;
    let day = number(&digits[..2]);
    let (month, in_century) = (number(&digits[2..4]), number(&digits[4..6]));
    let century = match (number(&digits[6..9]), in_century) {
        (0..=499, _) | (900..=999, 40..) => 1900,
        (500..=749, 54..) => 1800,
        (500..=999, ..40) => 2000,
        _ => return None,
    };
    let is_good =
        is_past(century + in_century, month, if day > 40 { day - 40 } else { day }, this_year)
            && weighted(&digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
            && weighted(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11);
    is_good.then(|| text(&digits))
}

/// CPR. Its check digit is not kept to since 2007, so the date is all there is.
pub fn dk(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 10] = of(written)?;
    let in_century = number(&digits[4..6]);
    let century = match (digits[6], in_century) {
        (4 | 9, ..=36) | (5..=8, ..=57) => 2000,
        (5..=8, _) => 1800,
        _ => 1900,
    };
    let is_good =
        is_past(century + in_century, number(&digits[2..4]), number(&digits[..2]), this_year);
    is_good.then(|| format!("{}-{}", text(&digits[..6]), text(&digits[6..])))
}

/// HETU. Numbers from 900 on are never given to people.
pub fn fi(written: &str, this_year: i32) -> Option<String> {
    let upper = written.to_ascii_uppercase();
    let (date, sign) = (upper.get(..6)?, upper.get(6..7)?);
    let (serial, check) = (upper.get(7..10)?, upper.get(10..)?);
    let century = match sign {
        "+" => 1800,
        "-" | "Y" | "X" | "W" | "V" | "U" => 1900,
        "A" | "B" | "C" | "D" | "E" | "F" => 2000,
        _ => return None,
    };
    let (date, serial): ([u32; 6], [u32; 3]) = (exactly(date)?, exactly(serial)?);
    let year = century + number(&date[4..]);
    let remainder = (number(&date) * 1_000 + number(&serial)) % 31;
    let expected = "0123456789ABCDEFHJKLMNPRSTUVWXY".chars().nth(remainder as usize)?;
    let is_good = is_past(year, number(&date[2..4]), number(&date[..2]), this_year)
        && (2..900).contains(&number(&serial))
        && check.chars().eq([expected]);
    is_good.then_some(upper)
}

/// Kennitala of a person.
pub fn is(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 10] = of(written)?;
    let century = match digits[9] {
        8 => 1800,
        9 => 1900,
        0 => 2000,
        _ => return None,
    };
    let year = century + number(&digits[4..6]);
    let is_good = is_past(year, number(&digits[2..4]), number(&digits[..2]), this_year)
        && weighted(&digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11);
    is_good.then(|| format!("{}-{}", text(&digits[..6]), text(&digits[6..])))
}

/// Isikukood, and asmens kodas by the same rules.
pub fn ee(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 11] = of(written)?;
    let century = match digits[0] {
        first @ 1..=8 => 1800 + (first - 1) / 2 * 100,
        _ => return None,
    };
    let year = century + number(&digits[1..3]);
    let sum = |weights: [u32; 10]| weighted(&digits, &weights) % 11;
    let check = match (sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 1]), sum([3, 4, 5, 6, 7, 8, 9, 1, 2, 3])) {
        (10, 10) => 0,
        (10, second) => second,
        (first, _) => first,
    };
    let is_good = is_past(year, number(&digits[3..5]), number(&digits[5..7]), this_year)
        && check == digits[10];
    is_good.then(|| text(&digits))
}
