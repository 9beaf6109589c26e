//! Shipped types, and what makes a drafted one unfit.

use kyc_events::stellar::Channel;

use super::*;

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn draft(required: &[&str]) -> Draft {
    Draft { required: list(required), ..Draft::default() }
}

#[test]
fn five_types_are_shipped_and_the_basic_one_is_the_default() {
    let types = Types::new([], DEFAULT).expect("a default");
    let names: Vec<&str> = types.all().map(|one| one.name.as_str()).collect();
    let expected = ["sep12-basic", "sep12-review", "sep31-receiver", "sep31-sender", "sep6"];
    assert_eq!(names, expected);
    let basic = types.find(None).expect("the default");
    assert_eq!(basic.requirement.required, ["email_address", "first_name", "last_name"]);
    for one in types.all() {
        let by = if one.name == "sep12-review" { Decider::Review } else { Decider::Automatic };
        assert_eq!(one.requirement.decider, by, "{}", one.name);
    }
    assert!(types.find(Some("sep13")).is_none());
    assert!(Types::new([], "sep13").is_none());
}

#[test]
fn a_configured_type_replaces_a_shipped_one_and_other_names_become_the_usual_ones() {
    let mine = draft(&["family_name", "given_name"]).check("sep6").expect("fit");
    let types = Types::new([mine], "sep6").expect("a default");
    let sep6 = types.find(None).expect("the default");
    assert_eq!(sep6.requirement.required, ["first_name", "last_name"]);
}

#[test]
fn fields_are_described_in_the_language_asked_for_else_in_english() {
    let mut texts = draft(&["first_name", "last_name"]);
    let german = BTreeMap::from([("given_name".to_owned(), "Vorname".to_owned())]);
    texts.descriptions.insert("de".to_owned(), german);
    let mine = texts.check("mine").expect("fit");
    assert_eq!(mine.description("first_name", "de"), "Vorname");
    assert_eq!(mine.description("last_name", "de"), "Familienname");
    assert_eq!(mine.description("last_name", "ja"), "Family name");
    assert_eq!(mine.description("first_name", "fr"), "Prénom");
}

#[test]
fn choices_bind() {
    let mut drafted = draft(&["id_type", "sex"]);
    drafted.choices.insert("id_type".to_owned(), list(&["passport", "id_card"]));
    let mine = drafted.check("mine").expect("fit");
    assert!(mine.offers("id_type", "passport") && !mine.offers("id_type", "drivers_license"));
    assert_eq!(mine.choices("sex"), ["male", "female", "other"]);
    assert!(mine.offers("city", "Springfield"));
}

#[test]
fn codes_go_to_addresses_and_numbers() {
    assert_eq!(channel_of("email_address"), Some(Channel::Email));
    assert_eq!(channel_of("mobile_number"), Some(Channel::Sms));
    assert_eq!(channel_of("first_name"), None);
    let verified = Draft { verify: list(&["email_address"]), ..draft(&["email_address"]) };
    let mine = verified.check("mine").expect("fit");
    assert_eq!(mine.requirement.verified, ["email_address"]);
    assert!(mine.without_verification().requirement.verified.is_empty());
}

#[test]
fn unfit_types_are_refused_with_the_field_that_is_wrong() {
    let with = |change: fn(&mut Draft)| {
        let mut drafted = draft(&["first_name", "email_address"]);
        change(&mut drafted);
        drafted.check("mine").expect_err("unfit")
    };
    assert_eq!(draft(&[]).check("mine"), Err(Unfit::NothingRequired));
    assert_eq!(draft(&["first_name"]).check("two words"), Err(Unfit::Name));
    assert_eq!(draft(&["colour"]).check("x"), Err(Unfit::UnknownField("colour".to_owned())));
    assert_eq!(draft(&["card.cvc"]).check("x"), Err(Unfit::NeverKept("card.cvc")));
    assert_eq!(with(|d| d.optional = list(&["given_name"])), Unfit::Twice("first_name"));
    assert_eq!(with(|d| d.verify = list(&["mobile_number"])), Unfit::NotAsked("mobile_number"));
    assert_eq!(with(|d| d.verify = list(&["first_name"])), Unfit::NotVerifiable("first_name"));
    assert_eq!(with(|d| d.decided_by = Some("provider:".to_owned())), Unfit::Decider);
    let bad_choice = |d: &mut Draft| {
        d.choices.insert("email_address".to_owned(), list(&["nobody"]));
    };
    assert_eq!(with(bad_choice), Unfit::BadChoice("email_address"));
    let bad_language = |d: &mut Draft| {
        d.descriptions.insert("german".to_owned(), BTreeMap::new());
    };
    assert_eq!(with(bad_language), Unfit::Language("german".to_owned()));
}
