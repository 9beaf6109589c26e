//! Date of birth and age.
//!
//! | wrong | code, at |
//! |---|---|
//! | day, month or year is no such number | `BirthDayInvalid`, `BirthMonthInvalid`, `BirthYearInvalid` |
//! | a day that is not in the calendar | `InconsistentBirthDate`, at the day |
//! | in the future | `FutureBirthDate`, at the year |
//! | too young, or younger than `AGEABOVE` says | `AgeNotReached`, at the year or at `AGEABOVE` |
//! | day or month without the rest | open: `InconsistentBirthDate` |
//! | neither year nor `AGEABOVE`, and an age is required | an error: `BirthYearInvalid` |

use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};

use super::day_of;
use crate::neuro::onboarding::making::Making;
use crate::neuro::onboarding::{Application, Claim, Code};

/// Nobody is older, years.
const AGE_MAX: i32 = 130;

pub(super) fn judge(application: &Application, min_age: Option<u32>, making: &mut Making<'_>) {
    let claim = |name| application.claim(name).filter(|claim| !making.is_marked(claim.index));
    let [day, month, year, above] = ["BDAY", "BMONTH", "BYEAR", "AGEABOVE"].map(claim);
    let today = day_of(application.now);
    let years = (today.year() - AGE_MAX)..=9999;
    let days: [Result<Option<i32>, ()>; 3] = [
        read(day, |day| (1..=31).contains(day), Code::BirthDayInvalid, making),
        read(month, |month| (1..=12).contains(month), Code::BirthMonthInvalid, making),
        read(year, |year| years.contains(year), Code::BirthYearInvalid, making),
    ];
    // How old the person is at least, as far as is known.
    let age = match days {
        [Ok(Some(d)), Ok(Some(m)), Ok(Some(y))] => {
            match NaiveDate::from_ymd_opt(y, m as u32, d as u32) {
                Some(born) if born > today => {
                    mark(year, Code::FutureBirthDate, making);
                    None
                }
                Some(born) => today.years_since(born),
                None => {
                    mark(day, Code::InconsistentBirthDate, making);
                    None
                }
            }
        }
        [Ok(d), Ok(m), Ok(y)] => {
            let is_alone = [d, m].into_iter().any(|part| part.is_some());
            for part in [day, month].into_iter().flatten().filter(|_| is_alone) {
                making.open(part.index, Code::InconsistentBirthDate);
            }
            if y.is_some_and(|y| y > today.year()) {
                mark(year, Code::FutureBirthDate, making);
            }
            // The birthday may be the last of the year.
            y.filter(|y| *y < today.year()).map(|y| (today.year() - y - 1) as u32)
        }
        _ => None,
    };
    let above_years = read(above, |above| (0..=AGE_MAX).contains(above), Code::NotValid, making);
    let above_years = above_years.ok().flatten().map(|years| years as u32);
    if let (Some(age), Some(claimed)) = (age, above_years)
        && age < claimed
    {
        mark(above, Code::AgeNotReached, making);
    }
    let Some(min) = min_age else { return };
    match (age, above_years) {
        (Some(age), _) if age < min => mark(year, Code::AgeNotReached, making),
        (None, Some(claimed)) if claimed < min && year.is_none() => {
            mark(above, Code::AgeNotReached, making);
        }
        (None, None) if year.is_none() && above.is_none() => {
            making.missing(Code::BirthYearInvalid, "BYEAR");
        }
        (Some(_) | None, _) => {}
    }
}

/// The number of a claim; `None`: nothing is claimed. What is no such number is marked.
fn read<N: FromStr>(
    claim: Option<Claim<'_>>,
    is_good: impl Fn(&N) -> bool,
    code: Code,
    making: &mut Making<'_>,
) -> Result<Option<N>, ()> {
    let Some(claim) = claim else { return Ok(None) };
    let is_digits = claim.value.bytes().all(|byte| byte.is_ascii_digit());
    let number = claim.value.parse().ok().filter(|number| is_digits && is_good(number));
    if number.is_none() {
        making.invalid(claim.index, code);
    }
    number.map(Some).ok_or(())
}

fn mark(claim: Option<Claim<'_>>, code: Code, making: &mut Making<'_>) {
    if let Some(claim) = claim.filter(|claim| !making.is_marked(claim.index)) {
        making.invalid(claim.index, code);
    }
}
