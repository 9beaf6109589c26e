//! Published examples in their usual spelling, and numbers judged by another implementation.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const YEAR: i32 = 2026;

#[test]
fn each_country_writes_its_numbers_in_its_way() {
    for (country, number, expected) in [
        ("SE", "19811228-9874", "19811228-9874"),
        ("SE", "811228-9874", "19811228-9874"),
        ("se", "8112289874", "19811228-9874"),
        ("SE", "198112289874", "19811228-9874"),
        ("SE", "811228+9874", "18811228-9874"),
        ("SE", "880320-0016", "19880320-0016"),
        ("SE", "701063-2391", "19701063-2391"),
        ("NO", "151086 95088", "15108695088"),
        ("DK", "2110625629", "211062-5629"),
        ("FI", "131052-308t", "131052-308T"),
        ("IS", "1201743399", "120174-3399"),
        ("EE", "36805280109", "36805280109"),
        ("LT", "33309240064", "33309240064"),
        ("PL", "44051401359", "44051401359"),
        ("BG", "8032056031", "8032056031"),
        ("CZ", "7103192745", "710319/2745"),
        ("SK", "991231123", "991231/123"),
        ("HR", "33392005961", "33392005961"),
        ("SI", "0101006500006", "0101006500006"),
        ("RO", "1630615123457", "1630615123457"),
        ("NL", "1112.22.333", "111222333"),
        ("BE", "85 07 30 033 28", "85.07.30-033.28"),
        ("BE", "17 07 30 033 84", "17.07.30-033.84"),
        ("BE", "98472899765", "98.47.28-997.65"),
        ("FR", "2 95 10 99 126 111 93", "295109912611193"),
        ("FR", "253072b07300470", "253072B07300470"),
        ("ES", "54362315-K", "54362315K"),
        ("ES", "x-2482300w", "X2482300W"),
        ("IT", "rccmnl83s18d969h", "RCCMNL83S18D969H"),
        ("BR", "39053344705", "390.533.447-05"),
        ("CL", "12.531.909-2", "12531909-2"),
        ("TR", "17291716060", "17291716060"),
        ("ZA", "7503305044089", "7503305044089"),
        ("CN", "360426199101010071", "360426199101010071"),
    ] {
        let answer = validate(country, number, YEAR);
        assert_eq!(answer, Answer::Valid(expected.to_owned()), "{country} {number}");
        assert_eq!(validate(country, expected, YEAR), answer, "{country} {expected}");
    }
}

#[test]
fn numbers_that_cannot_be_are_invalid() {
    for (country, number) in [
        ("SE", ""),
        ("SE", "-"),
        ("SE", "19811228-9875"),
        ("SE", "19811328-9874"),
        ("SE", "811228+-9874"),
        ("SE", "ååå"),
        ("SE", "29811228-9874"),
        ("NO", "15108695077"),
        ("DK", "511062-5629"),
        ("FI", "131052-308U"),
        ("FI", "310252-308Y"),
        ("IS", "530575-0299"),
        ("CZ", "1103492745"),
        ("CZ", "590312/123"),
        ("BR", "111.111.111-11"),
        ("BR", "231.002.999-00"),
        ("NL", "000000000"),
        ("TR", "07291716092"),
        ("FR", "253072C07300443"),
        ("IT", "00743110157"),
        ("ES", "54362315"),
        ("CL", "12531909-3"),
        ("CN", "36042619910101007x"),
    ] {
        assert_eq!(validate(country, number, YEAR), Answer::Invalid, "{country} {number}");
    }
    let long = "1".repeat(BYTES_MAX + 1);
    assert_eq!(validate("HR", &long, YEAR), Answer::Invalid);
}

#[test]
fn other_countries_are_not_supported() {
    for country in ["US", "GB", "XX", "", "S", "SWE", "Å", "S\u{0}"] {
        assert_eq!(validate(country, "19811228-9874", YEAR), Answer::Unsupported, "{country}");
    }
}

#[test]
fn the_century_of_a_short_number_depends_on_the_year() {
    assert_eq!(validate("SE", "811228-9874", 2081), Answer::Valid("20811228-9874".to_owned()));
    assert_eq!(validate("SE", "811228-9874", 2080), Answer::Valid("19811228-9874".to_owned()));
}

#[test]
fn another_implementation_says_the_same() {
    let numbers: Value =
        serde_json::from_str(include_str!("../../../fixtures/neuro/personal_numbers.json"))
            .expect("JSON");
    for (country, numbers) in numbers.as_object().expect("countries") {
        for (verdict, is_valid) in [("valid", true), ("invalid", false)] {
            let numbers = numbers[verdict].as_array().expect("numbers");
            assert!(numbers.len() >= 15, "{country}");
            for number in numbers {
                let number = number.as_str().expect("a text");
                let answer = validate(country, number, YEAR);
                assert_eq!(matches!(answer, Answer::Valid(_)), is_valid, "{country} {number}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_written_is_taken_again(
        country in prop::sample::select(vec![
            "SE", "NO", "DK", "FI", "IS", "EE", "LT", "PL", "BG", "CZ", "HR", "SI", "RO", "NL",
            "BE", "FR", "ES", "IT", "BR", "CL", "TR", "ZA", "CN",
        ]),
        number in "[0-9åA-Z+ ./-]{0,20}|[0-9]{9,13}|[0-9X]{18}",
        year in 1_900..2_200_i32,
    ) {
        if let Answer::Valid(written) = validate(country, &number, year) {
            prop_assert_eq!(validate(country, &written, year), Answer::Valid(written.clone()));
        }
    }
}
