//! What the rules for documents say of each claim.

use kyc_events::neuro::{Fault, Standing};
use uuid::Uuid;

use super::super::profile::{Draft, Photos};
use super::super::testing::{FakeWorld, application, assessed, attachment, marks, problems};
use super::*;
use crate::neuro::identity::Assessment;

/// Sweden's end in 4; nobody knows those of other countries.
fn numbers(country: &str, number: &str, _: i32) -> Option<bool> {
    (country == "SE").then(|| number.ends_with('4'))
}

fn profile(change: impl FnOnce(&mut Draft)) -> Profile {
    let mut draft = Draft::new(false);
    draft.required = Vec::new();
    change(&mut draft);
    draft.check("mine").expect("good")
}

fn judged_by(profile: Profile, claims: &[(&str, &str)]) -> Assessment {
    let documents = Documents::new(profile, numbers);
    assessed(&documents, &application(claims), &FakeWorld::default())
}

/// What is said of one claim after the others.
fn said_of(claims: &[(&str, &str)]) -> Vec<String> {
    let said = judged_by(profile(|_| {}), claims);
    assert!(said.problems.is_empty());
    marks(&said)
        .into_iter()
        .map(|(index, code)| format!("{} {code}", claims[index as usize].0))
        .collect()
}

#[test]
fn required_properties_are_missed_by_name() {
    let all = [
        ("FIRST", "FirstNameInvalid"),
        ("LAST", "LastNameInvalid"),
        ("MIDDLE", "FirstNameInvalid"),
        ("FULLNAME", "FullNameInvalid"),
        ("PNR", "MissingPNr"),
        ("COUNTRY", "CountryNotSpecified"),
        ("GENDER", "GenderInvalid"),
        ("NATIONALITY", "NationalityInvalid"),
        ("BDAY", "BirthDayInvalid"),
        ("BMONTH", "BirthMonthInvalid"),
        ("BYEAR", "BirthYearInvalid"),
        ("EMAIL", "EMailOrPhoneInvalid"),
        ("PHONE", "EMailOrPhoneInvalid"),
        ("CITY", "NotValid"),
        ("SPORT", "NotValid"),
    ];
    let required = |draft: &mut Draft| {
        draft.required = all.iter().map(|(name, _)| (*name).to_owned()).collect();
    };
    let said = judged_by(profile(required), &[("SHOE", "42")]);
    let expected: Vec<_> = all.iter().map(|(_, code)| (Fault::Client, *code)).collect();
    assert_eq!(problems(&said), expected);
    assert_eq!(said.problems[13].message.as_deref(), Some("Missing: CITY"));
}

#[test]
fn a_name_may_be_given_whole_or_in_parts() {
    let names = |draft: &mut Draft| draft.required = vec!["FIRST".to_owned(), "LAST".to_owned()];
    let missing = |claims: &[(&str, &str)]| judged_by(profile(names), claims).problems.len();
    assert_eq!(missing(&[("FULLNAME", "Alice Ångström")]), 0);
    assert_eq!(missing(&[("FULLNAME", "Alice")]), 1);
    assert_eq!(missing(&[("first", "Alice"), ("last", " ")]), 1);
    let whole = |draft: &mut Draft| draft.required = vec!["FULLNAME".to_owned()];
    assert!(judged_by(profile(whole), &[("FIRST", "A"), ("LAST", "B")]).problems.is_empty());
    assert_eq!(said_of(&[("FULLNAME", "Alice B"), ("LAST", "B")]), ["FULLNAME FullNameInvalid"]);
}

#[test]
fn what_cannot_be_is_wrong() {
    for (name, value, code) in [
        ("FIRST", "4lice", "FirstNameInvalid"),
        ("MIDDLE", "", "FirstNameInvalid"),
        ("LAST", "--", "LastNameInvalid"),
        ("FULLNAME", "\u{7}Alice", "FullNameInvalid"),
        ("GENDER", "female", "GenderInvalid"),
        ("NATIONALITY", "SWE", "NationalityInvalid"),
        ("COUNTRY", "XX", "CountryNotSupported"),
        ("PHONE", "0700", "EMailOrPhoneInvalid"),
        ("EMAIL", "alice", "EMailOrPhoneInvalid"),
        ("CITY", " ", "NotValid"),
        ("SPORT", "", "NotValid"),
        ("BDAY", "0", "BirthDayInvalid"),
        ("BDAY", "+1", "BirthDayInvalid"),
        ("BMONTH", "13", "BirthMonthInvalid"),
        ("BYEAR", "80", "BirthYearInvalid"),
        ("BYEAR", "1895", "BirthYearInvalid"),
        ("BYEAR", "2027", "FutureBirthDate"),
        ("AGEABOVE", "many", "NotValid"),
        ("EXPIRY", "2026-09-24", "NotValid"),
        ("docexpiry", "24.9.2026", "NotValid"),
    ] {
        assert_eq!(said_of(&[(name, value)]), [format!("{name} {code}")], "{value}");
    }
    for good in [
        ("FIRST", "Anna-Lena"),
        ("LAST", "O'Neill"),
        ("FULLNAME", "李 小龍"),
        ("GENDER", "x"),
        ("NATIONALITY", "se"),
        ("PHONE", "+46 70 000 00 00"),
        ("EXPIRY", "2026-09-25"),
        ("AGEABOVE", "18"),
        ("BYEAR", "2000"),
        ("SPORT", "golf"),
    ] {
        assert!(said_of(&[good]).is_empty(), "{}", good.0);
    }
}

#[test]
fn the_same_name_twice_is_wrong() {
    assert_eq!(said_of(&[("SPORT", "golf"), ("sport", "golf")]), ["sport NotValid"]);
}

#[test]
fn countries_are_free_where_the_profile_has_it_so() {
    let free = profile(|draft| draft.iso3166 = false);
    assert!(judged_by(free, &[("COUNTRY", "Sweden")]).claims.is_empty());
}

#[test]
fn a_document_says_that_it_has_expired() {
    let mut one = application(&[("EXPIRY", "2020-01-01")]);
    one.language = "sv".to_owned();
    let said = assessed(&Documents::new(profile(|_| {}), numbers), &one, &FakeWorld::default());
    assert_eq!(said.claims[0].1.message.as_deref(), Some("Handlingen har gått ut."));
}

#[test]
fn personal_numbers_are_those_of_the_country() {
    let of = |country: &str, number: &str| said_of(&[("PNR", number), ("COUNTRY", country)]);
    assert!(of("se", "19900115-1234").is_empty());
    assert_eq!(of("SE", "19900115-1235"), ["PNR PersonalNumberInvalid"]);
    assert!(of("BR", "1").is_empty(), "nobody knows");
    assert_eq!(said_of(&[("PNR", "1234")]), ["PNR CountryNotSpecified"]);
    assert_eq!(said_of(&[("PNR", ""), ("COUNTRY", "SE")]), ["PNR MissingPNr"]);
}

#[test]
fn a_date_of_birth_is_a_day_in_the_past() {
    let born = |day: &str, month: &str, year: &str| {
        said_of(&[("BDAY", day), ("BMONTH", month), ("BYEAR", year)])
    };
    assert!(born("29", "2", "2000").is_empty());
    assert!(born("25", "09", "2026").is_empty());
    assert_eq!(born("29", "2", "2001"), ["BDAY InconsistentBirthDate"]);
    assert_eq!(born("26", "9", "2026"), ["BYEAR FutureBirthDate"]);
    assert_eq!(born("1", "x", "2000"), ["BMONTH BirthMonthInvalid"]);
    let partly = said_of(&[("BDAY", "1"), ("BYEAR", "2000")]);
    assert_eq!(partly, ["BDAY InconsistentBirthDate"]);
    let said = judged_by(profile(|_| {}), &[("BDAY", "1"), ("BYEAR", "2000")]);
    assert_eq!(said.claims[0].1.standing, Standing::Unvalidated);
}

#[test]
fn who_is_too_young_is_refused() {
    let of_age = |claims: &[(&str, &str)]| {
        let said = judged_by(profile(|draft| draft.min_age = Some(18)), claims);
        let marks = marks(&said).into_iter().map(|(index, code)| (claims[index as usize].0, code));
        let problems = problems(&said).into_iter().map(|(_, code)| ("", code));
        marks.chain(problems).map(|(name, code)| format!("{name} {code}")).collect::<Vec<_>>()
    };
    let born = |day, year| of_age(&[("BDAY", day), ("BMONTH", "9"), ("BYEAR", year)]);
    assert!(born("25", "2008").is_empty());
    assert_eq!(born("26", "2008"), ["BYEAR AgeNotReached"]);
    assert!(of_age(&[("BYEAR", "2007")]).is_empty());
    assert_eq!(of_age(&[("BYEAR", "2008")]), ["BYEAR AgeNotReached"], "the birthday may come yet");
    assert!(of_age(&[("AGEABOVE", "18")]).is_empty());
    assert_eq!(of_age(&[("AGEABOVE", "17")]), ["AGEABOVE AgeNotReached"]);
    assert_eq!(of_age(&[("FIRST", "Alice")]), [" BirthYearInvalid"]);
    let claimed = said_of(&[("BDAY", "1"), ("BMONTH", "1"), ("BYEAR", "2000"), ("AGEABOVE", "30")]);
    assert_eq!(claimed, ["AGEABOVE AgeNotReached"]);
}

#[test]
fn nothing_is_believed_unless_the_profile_says_so() {
    let claims = [
        ("FIRST", "Alice"),
        ("CITY", "Lund"),
        ("ORGNAME", "Acme"),
        ("EXPIRY", "2030-01-01"),
        ("EMAIL", "alice@example.org"),
        ("SPORT", "golf"),
        ("PREVIEW", ""),
        ("PNR", "1"),
        ("GENDER", "?"),
    ];
    let wrong = [(7, "CountryNotSpecified"), (8, "GenderInvalid")];
    let said = judged_by(profile(|_| {}), &claims);
    assert_eq!(marks(&said), [&[(6, "")], &wrong[..]].concat());
    let said = judged_by(profile(|draft| draft.self_declared = true), &claims);
    let believed = [(0, ""), (1, ""), (2, ""), (3, ""), (6, "")];
    assert_eq!(marks(&said), [&believed, &wrong[..]].concat());
}

fn with_files(profile: Profile, files: &[(&str, &str, &[u8])]) -> Assessment {
    let (mut one, mut world) = (application(&[]), FakeWorld::default());
    for (number, (base_name, media_type, bytes)) in (0..).zip(files) {
        one.attachments.push(attachment(number, base_name, media_type));
        world.files.insert(Uuid::from_u128(number), bytes.to_vec());
    }
    assessed(&Documents::new(profile, numbers), &one, &world)
}

fn photos(said: &Assessment) -> Vec<(u128, &str)> {
    let photos = said.photos.iter();
    photos.map(|(file, one)| (file.as_u128(), one.code.as_deref().unwrap_or("valid"))).collect()
}

#[test]
fn required_photos_are_missed_by_name_or_number() {
    let named = |draft: &mut Draft| {
        draft.photos = Photos::Named(vec!["Passport".to_owned(), "ProfilePhoto".to_owned()]);
    };
    let png: (&str, &str, &[u8]) = ("Passport", "image/png", super::super::testing::PNG);
    let said = with_files(profile(named), &[png]);
    assert_eq!(problems(&said), [(Fault::Client, "NotValid")]);
    assert_eq!(said.problems[0].message.as_deref(), Some("Missing: ProfilePhoto"));
    let two = |draft: &mut Draft| draft.photos = Photos::Count(2);
    assert_eq!(with_files(profile(two), &[png]).problems.len(), 1);
    assert!(with_files(profile(two), &[png, png]).problems.is_empty());
}

#[test]
fn photos_are_what_they_are_called() {
    let png = super::super::testing::PNG;
    let files: [(&str, &str, &[u8]); 7] = [
        ("Passport", "image/png", png),
        ("ProfilePhoto", "image/jpeg", png),
        ("IdCardFront", "image/png", b"fake-image-bytes"),
        ("IdCardBack", "application/pdf", b"%PDF-1.7"),
        ("cat", "image/png", png),
        ("cat", "image/png", b"MZ"),
        ("letter", "application/pdf", b"%PDF-1.7"),
    ];
    let wrong =
        [(1, "InvalidType"), (2, "InvalidFormat"), (3, "InvalidFormat"), (5, "InvalidFormat")];
    assert_eq!(photos(&with_files(profile(|_| {}), &files)), wrong);
    let said = with_files(profile(|draft| draft.self_declared = true), &files);
    assert_eq!(photos(&said), [&[(0, "valid")], &wrong[..]].concat());
}

#[test]
fn a_file_that_cannot_be_read_is_our_error() {
    let mut one = application(&[]);
    one.attachments.push(attachment(1, "Passport", "image/png"));
    let broken = FakeWorld { is_broken: true, ..FakeWorld::default() };
    let said = assessed(&Documents::new(profile(|_| {}), numbers), &one, &broken);
    assert_eq!(problems(&said), [(Fault::Server, "ServiceFailed")]);
}
