//! The east of Europe: dates whose months tell the century or the sex, and sums modulo 10 and 11.

use super::digits::{compact, exactly, is_past, number, of, text, weighted};

/// PESEL.
pub fn pl(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 11] = of(written)?;
    let said = number(&digits[2..4]);
    let century = [1900, 2000, 2100, 2200, 1800][(said / 20) as usize];
    let year = century + number(&digits[..2]);
    let is_good = is_past(year, said % 20, number(&digits[4..6]), this_year)
        && weighted(&digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10);
    is_good.then(|| text(&digits))
}

/// EGN.
pub fn bg(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 10] = of(written)?;
    let said = number(&digits[2..4]);
    let century = match said / 20 {
        0 => 1900,
        1 => 1800,
        2 => 2000,
        _ => return None,
    };
    let year = century + number(&digits[..2]);
    let check = weighted(&digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    let is_good = is_past(year, said % 20, number(&digits[4..6]), this_year) && check == digits[9];
    is_good.then(|| text(&digits))
}

/// Rodné číslo: 10 digits, or 9 without a check until 1953.
pub fn cz(written: &str, this_year: i32) -> Option<String> {
    let compact = compact(written);
    let long = exactly::<10>(&compact).map(|digits| digits.to_vec());
    let digits = long.or_else(|| exactly::<9>(&compact).map(|digits| digits.to_vec()))?;
    let in_century = number(&digits[..2]);
    let is_short = digits.len() == 9;
    let year = match in_century {
        ..=53 if is_short => 1900 + in_century,
        54..80 if is_short => return None,
        _ if is_short => 1800 + in_century,
        ..=53 => 2000 + in_century,
        _ => 1900 + in_century,
    };
    // Women have 50 more; where numbers ran out, 20 more.
    let month = number(&digits[2..4]) % 50;
    let month = if month > 20 && year >= 2004 { month - 20 } else { month };
    let check = number(&digits[..9]) % 11 % 10;
    let is_good =
        is_past(year, month, number(&digits[4..6]), this_year) && (is_short || check == digits[9]);
    is_good.then(|| format!("{}/{}", text(&digits[..6]), text(&digits[6..])))
}

/// OIB: nothing but digits and a check by ISO 7064, MOD 11,10.
pub fn hr(written: &str, _: i32) -> Option<String> {
    let digits: [u32; 11] = of(written)?;
    let remainder = digits[..10].iter().fold(10, |remainder, digit| {
        let sum = (remainder + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    ((remainder + digits[10]) % 10 == 1).then(|| text(&digits))
}

/// EMŠO and JMBG.
pub fn si(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 13] = of(written)?;
    let in_millennium = number(&digits[4..7]);
    let year = if in_millennium < 800 { 2000 } else { 1000 } + in_millennium;
    let sum = weighted(&digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    let is_good = is_past(year, number(&digits[2..4]), number(&digits[..2]), this_year)
        && (11 - sum % 11) % 11 % 10 == digits[12];
    is_good.then(|| text(&digits))
}

/// CNP.
pub fn ro(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 13] = of(written)?;
    let century = match digits[0] {
        1 | 2 | 7 | 8 | 9 => 1900,
        3 | 4 => 1800,
        5 | 6 => 2000,
        _ => return None,
    };
    let year = century + number(&digits[1..3]);
    let sum = weighted(&digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let check = if sum == 10 { 1 } else { sum };
    let is_good = is_past(year, number(&digits[3..5]), number(&digits[5..7]), this_year)
        && check == digits[12];
    is_good.then(|| text(&digits))
}
