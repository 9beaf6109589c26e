//! Digits, sums of them, and dates.

use chrono::NaiveDate;

/// Without what people put between: spaces, `-`, `.` and `/`. In upper case.
pub fn compact(text: &str) -> String {
    let kept = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '/'));
    kept.collect::<String>().to_ascii_uppercase()
}

/// `N` digits and nothing else.
pub fn exactly<const N: usize>(text: &str) -> Option<[u32; N]> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    digits?.try_into().ok()
}

/// The same with separators between.
pub fn of<const N: usize>(text: &str) -> Option<[u32; N]> {
    exactly(&compact(text))
}

/// As text.
pub fn text(digits: &[u32]) -> String {
    digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect()
}

/// The number that digits are.
pub fn number(digits: &[u32]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + digit)
}

/// Each digit by its weight, added up.
pub fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Luhn's sum, check digit included, ends with 0.
pub fn luhn(digits: &[u32]) -> bool {
    let doubled = digits.iter().rev().enumerate().map(|(at, digit)| match at % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    });
    doubled.sum::<u32>() % 10 == 0
}

/// A day that there was, up to the end of this year.
pub fn is_past(year: u32, month: u32, day: u32, this_year: i32) -> bool {
    let year = year as i32;
    year <= this_year && NaiveDate::from_ymd_opt(year, month, day).is_some()
}
