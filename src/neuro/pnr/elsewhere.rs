//! Other continents.

use super::digits::{compact, exactly, is_past, luhn, number, of, text, weighted};

/// CPF: two check digits; rows of one digit would pass and are nobody's.
pub fn br(written: &str, _: i32) -> Option<String> {
    let digits: [u32; 11] = of(written)?;
    let check = |upto: usize| {
        let sum: u32 =
            (2..).zip(digits[..upto].iter().rev()).map(|(weight, digit)| weight * digit).sum();
        sum * 10 % 11 % 10
    };
    let is_good = digits.iter().any(|digit| *digit != digits[0])
        && check(9) == digits[9]
        && check(10) == digits[10];
    let [a, b, c, d] = [0..3, 3..6, 6..9, 9..11].map(|range| text(&digits[range]));
    is_good.then(|| format!("{a}.{b}.{c}-{d}"))
}

/// RUN: up to eight digits, and one check that may be K.
pub fn cl(written: &str, _: i32) -> Option<String> {
    let compact = compact(written);
    let at = compact.len().checked_sub(1)?;
    let (body, check) = (compact.get(..at)?, compact.get(at..)?);
    let digits: [u32; 8] = exactly(&format!("{body:0>8}"))?;
    let expected = match 11 - weighted(&digits, &[3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        11 => "0".to_owned(),
        10 => "K".to_owned(),
        digit => digit.to_string(),
    };
    let run = number(&digits);
    (run >= 1_000_000 && check == expected).then(|| format!("{run}-{check}"))
}

/// T.C. kimlik no.
pub fn tr(written: &str, _: i32) -> Option<String> {
    let digits: [u32; 11] = of(written)?;
    let odd = weighted(&digits, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(&digits, &[0, 1, 0, 1, 0, 1, 0, 1]);
    let is_good = digits[0] != 0
        // 9 even for 7 odd: the same as 7 odd less even, and never below 0.
        && (odd * 7 + even * 9) % 10 == digits[9]
        && digits[..10].iter().sum::<u32>() % 10 == digits[10];
    is_good.then(|| text(&digits))
}

/// The South African ID number: a date, whose century it does not say, and Luhn's check.
pub fn za(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 13] = of(written)?;
    let [in_century, month, day] = [0..2, 2..4, 4..6].map(|range| number(&digits[range]));
    let is_good =
        [1900, 2000].iter().any(|century| is_past(century + in_century, month, day, this_year))
            && digits[10] <= 2
            && luhn(&digits);
    is_good.then(|| text(&digits))
}

/// The resident identity number of 18 characters: ISO 7064, MOD 11-2.
pub fn cn(written: &str, this_year: i32) -> Option<String> {
    let compact = compact(written);
    let digits: [u32; 17] = exactly(compact.get(..17)?)?;
    let sum = weighted(&digits, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
    let expected = "10X98765432".chars().nth(sum as usize)?;
    let [year, month, day] = [6..10, 10..12, 12..14].map(|range| number(&digits[range]));
    let is_good = digits[0] != 0
        && is_past(year, month, day, this_year)
        && compact.get(17..)?.chars().eq([expected]);
    is_good.then_some(compact)
}
