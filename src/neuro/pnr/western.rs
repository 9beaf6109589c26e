//! The west and south of Europe: sums modulo 11, 23, 26 and 97.

use super::digits::{compact, exactly, is_past, number, of, text, weighted};

/// BSN: the proof by eleven, in which the last digit counts less one.
pub fn nl(written: &str, _: i32) -> Option<String> {
    let compact = compact(written);
    // The first is often 0, and then often left out.
    let padded = if compact.len() == 8 { format!("0{compact}") } else { compact };
    let digits: [u32; 9] = exactly(&padded)?;
    let sum = weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    (sum > 0 && sum % 11 == digits[8]).then(|| text(&digits))
}

/// Rijksregisternummer, and BIS numbers with 20 or 40 added to the month.
pub fn be(written: &str, this_year: i32) -> Option<String> {
    let digits: [u32; 11] = of(written)?;
    let (in_century, check) = (number(&digits[..2]), number(&digits[9..]));
    let (month, day) = (number(&digits[2..4]) % 20, number(&digits[4..6]));
    let base = u64::from(number(&digits[..9]));
    // A 2 before those who were born from 2000 on.
    let centuries = [(base, 1900), (base + 2_000_000_000, 2000)];
    let century = centuries.into_iter().find(|(base, _)| 97 - base % 97 == u64::from(check));
    let year = century?.1 + in_century;
    // A day or month that was not known is 0.
    let is_unknown = month == 0 || day == 0;
    let is_good = number(&digits[2..4]) < 60
        && (is_past(year, month, day, this_year)
            || is_unknown && month <= 12 && day <= 31 && year as i32 <= this_year);
    let [year, month, day, serial, check] =
        [0..2, 2..4, 4..6, 6..9, 9..11].map(|range| text(&digits[range]));
    is_good.then(|| format!("{year}.{month}.{day}-{serial}.{check}"))
}

/// NIR with its key. Corsica has letters.
pub fn fr(written: &str, _: i32) -> Option<String> {
    let compact = compact(written);
    let (place, rest) = (compact.get(5..7)?, compact.get(7..)?);
    let stand_in = match place {
        "2A" => "19",
        "2B" => "18",
        _ => place,
    };
    let digits: [u32; 15] = exactly(&format!("{}{stand_in}{rest}", compact.get(..5)?))?;
    let base = digits[..13].iter().fold(0_u64, |number, digit| number * 10 + u64::from(*digit));
    let is_good =
        matches!(digits[0], 1..=4 | 7 | 8) && 97 - base % 97 == u64::from(number(&digits[13..]));
    is_good.then_some(compact)
}

/// DNI, and NIE of foreigners.
pub fn es(written: &str, _: i32) -> Option<String> {
    let compact = compact(written);
    let (body, letter) = (compact.get(..8)?, compact.get(8..)?);
    let digits: [u32; 8] = match body.split_at_checked(1)? {
        ("X", rest) => exactly(&format!("0{rest}"))?,
        ("Y", rest) => exactly(&format!("1{rest}"))?,
        ("Z", rest) => exactly(&format!("2{rest}"))?,
        _ => exactly(body)?,
    };
    let expected = "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth((number(&digits) % 23) as usize)?;
    letter.chars().eq([expected]).then_some(compact)
}

/// Codice fiscale. Where two people would have the same, digits become letters.
pub fn it(written: &str, _: i32) -> Option<String> {
    /// What a character counts in an odd place; the ten digits count as the first ten letters.
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let compact = compact(written);
    let letters: Vec<char> = compact.chars().collect();
    let [name @ .., check]: [char; 16] = letters.try_into().ok()?;
    let is_digit = |c: char| c.is_ascii_digit() || "LMNPQRSTUV".contains(c);
    let fits = name.iter().enumerate().all(|(at, c)| match at {
        0..=5 | 11 => c.is_ascii_uppercase(),
        8 => "ABCDEHLMPRST".contains(*c),
        _ => is_digit(*c),
    });
    let counts = |c: char| c.to_digit(10).or_else(|| Some(c.to_digit(36)? - 10));
    let mut sum = 0;
    for (at, c) in name.into_iter().enumerate() {
        let count = counts(c)?;
        sum += if at % 2 == 0 { *ODD.get(count as usize)? } else { count };
    }
    let expected = char::from_u32(u32::from('A') + sum % 26)?;
    let digit = |c: char| c.to_digit(10).or_else(|| "LMNPQRSTUV".find(c).map(|at| at as u32));
    // Women have 40 more.
    let day = digit(name[9])? * 10 + digit(name[10])?;
    (fits && check == expected && (1..=31).contains(&(day % 40))).then_some(compact)
}
