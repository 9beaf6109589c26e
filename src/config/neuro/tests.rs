//! What a configuration of the Agent API may say.

use super::*;
use crate::config::{Config, ConfigErrors, Sources};
use crate::neuro::onboarding::profile::{Asked, Photos};

const OUTSIDE: &str = "sandbox.enabled = false\ndata.master_key_file = \"k\"\n";

fn load(file: &str) -> Result<Config, ConfigErrors> {
    Config::load(Sources::of(file, &[], &[]))
}

fn neuro(file: &str) -> Neuro {
    load(file).expect("valid").neuro.expect("configured")
}

fn errors(file: &str) -> String {
    load(file).expect_err("wrong").to_string()
}

#[test]
fn the_sandbox_needs_nothing() {
    let neuro = neuro("");
    let (url, listening) = ("http://127.0.0.1:8080", ([127, 0, 0, 1], 8080).into());
    assert_eq!(neuro.domain_at(url), "127.0.0.1:8080");
    assert_eq!(neuro.allowed_hosts_at(url, listening), ["127.0.0.1:8080", "localhost:8080"]);
    assert!(neuro.token_secret.is_none() && neuro.signing_key_file.is_none());
    assert!(neuro.profiles.default().self_declared);
    assert!(!neuro.auto_on_apply && !neuro.legacy_ready);
    assert_eq!((neuro.attachment_bytes_max, neuro.review_budget_ms), (5 << 20, 2_000));
    assert_eq!((neuro.lockout, neuro.cors_origins), (Ladder::vendor(), Origins::Any));
}

#[test]
fn outside_the_sandbox_nothing_is_assumed() {
    assert!(load(OUTSIDE).expect("valid").neuro.is_none());
    for given in [
        "neuro.auto_on_apply = true",
        "neuro.profiles.default.min_age = 18",
        "neuro.photo_names.selfie = \"ProfilePhoto\"",
    ] {
        let said = errors(&format!("{OUTSIDE}{given}"));
        for key in ["neuro.token_secret", "neuro.signing_key_file", "neuro.domain"] {
            assert!(said.contains(key), "{given}: {said}");
        }
    }
    let needed =
        format!("{OUTSIDE}[neuro]\ntoken_secret = \"hunter2\"\nsigning_key_file = \"n\"\n");
    let served = neuro(&format!("{needed}domain = \"kyc.example\""));
    assert!(!served.profiles.default().self_declared);
    let url = "server.public_url = \"https://kyc.example:8443/x\"\n";
    let served = neuro(&format!("{url}{needed}"));
    let (public_url, listening) = ("https://kyc.example:8443/x", ([0, 0, 0, 0], 80).into());
    assert_eq!(
        served.allowed_hosts_at(public_url, listening),
        ["kyc.example:8443", "localhost", "127.0.0.1"]
    );
}

#[test]
fn a_secret_is_not_shown() {
    let config = load("neuro.token_secret = \"hunter2\"").expect("valid");
    let shown = format!("{config:?} {:?}", config.redacted());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(!errors("neuro.token_secret = \"hunter2 \"").contains("hunter2"));
}

#[test]
fn hosts_are_in_lower_case_with_their_port() {
    let given = neuro("[neuro]\ndomain = \"kyc.example\"\nallowed_hosts = [\"a.example:8443\"]");
    assert_eq!(given.domain_at("http://127.0.0.1:1"), "kyc.example");
    let listening = ([127, 0, 0, 1], 1).into();
    assert_eq!(given.allowed_hosts_at("http://127.0.0.1:1", listening), ["a.example:8443"]);
    for wrong in ["Kyc.example", "https://kyc.example", "kyc.example/", ""] {
        assert!(errors(&format!("neuro.domain = \"{wrong}\"")).contains("host name in lower case"));
    }
    assert!(errors("neuro.allowed_hosts = []").contains("1 to 16 entries"));
}

#[test]
fn a_profile_says_what_differs_from_the_shipped_one() {
    let file = "[neuro]\ndefault_profile = \"adults\"\n[neuro.profiles.adults]\nrequired = [\"first\", \"BYEAR\"]\n\
        photos = [\"Passport\"]\nmin_age = 18\niso3166 = false\npeer_review = true\n\
        authenticators = [\"documents\", \"provider:acme\"]\nself_declared = false\n[neuro.profiles.other]\nphotos = 2\n\
        [providers.acme]\nurl = \"https://acme.example\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"";
    let neuro = neuro(file);
    let adults = neuro.profiles.default();
    assert_eq!((adults.name.as_str(), adults.min_age), ("adults", Some(18)));
    assert_eq!(adults.required, ["FIRST", "BYEAR"]);
    assert_eq!(adults.photos, Photos::Named(vec!["Passport".to_owned()]));
    assert_eq!(adults.authenticators, [Asked::Documents, Asked::Provider("acme".to_owned())]);
    assert!(!adults.iso3166 && adults.peer_review && !adults.self_declared);
    let other = neuro.profiles.find("other").expect("there");
    assert_eq!((other.photos.count(), other.authenticators.len()), (2, 3));
    assert!(other.self_declared && other.iso3166);
    assert!(neuro.profiles.find("default").is_some());
}

#[test]
fn mistakes_in_profiles_are_named_with_their_place() {
    for (file, expected) in [
        ("neuro.default_profile = \"x\"", "neuro.default_profile: there is no profile \"x\""),
        (
            "[neuro.profiles.mine]\nrequired = [\"AGENT\"]",
            "kycd.toml:2: neuro.profiles.mine: AGENT is given by the server",
        ),
        ("neuro.profiles.mine.photos = [\"Cat\"]", "neuro.profiles.mine: \"Cat\" is no photo"),
        ("neuro.profiles.mine.photos = -1", "a number from 0 to 20 or a list of names, found -1"),
        ("neuro.profiles.mine.min_age = 0", "neuro.profiles.mine.min_age: expected a whole number"),
        (
            "neuro.profiles.mine.authenticators = [\"provider:acme\"]",
            "neuro.profiles.mine: there is no provider \"acme\"",
        ),
        (
            "neuro.profiles.mine.authenticators = [\"acme\"]",
            "authenticators: expected contact, documents, duplicate or provider:NAME, found \"acme\"",
        ),
        ("neuro.profiles.mine.min_aeg = 5", "did you mean neuro.profiles.mine.min_age?"),
        ("neuro.photo_names.selfie = \"Cat\"", "neuro.photo_names: \"Cat\" is no photo"),
    ] {
        assert!(errors(file).contains(expected), "{}", errors(file));
    }
}

#[test]
fn files_have_names_of_their_own() {
    let names =
        neuro("[neuro.photo_names]\nselfie = \"ProfilePhoto\"\n\"id.front\" = \"IdCardFront\"");
    assert_eq!(names.photo_names.base_name("selfie.png"), "ProfilePhoto");
    assert_eq!(names.photo_names.base_name("ID.front.png"), "IdCardFront");
}

#[test]
fn a_ladder_rises_or_is_off() {
    assert!(neuro("neuro.lockout = []").lockout.is_off());
    let file = "[[neuro.lockout]]\nfailures = 3\nblock_s = 60\n[[neuro.lockout]]\nfailures = 6";
    let ladder = Ladder::of([(3, Some(60)), (6, None)]).expect("rises");
    assert_eq!(neuro(file).lockout, ladder);
    let env = [(
        "KYCD_NEURO__LOCKOUT",
        "[{ failures = 3, block_s = 60 }, { failures = 6, block_s = 0 }]",
    )];
    let config = Config::load(Sources::of("", &env, &[])).expect("valid");
    assert_eq!(config.neuro.expect("configured").lockout, ladder);
    for wrong in [
        "5",
        "[5]",
        "[{ block_s = 5 }]",
        "[{ failures = 5, block_s = -1 }]",
        "[{ failures = 5, blocks = 1 }]",
        "[{ failures = 0, block_s = 1 }]",
        "[{ failures = 5, block_s = 1 }, { failures = 5, block_s = 2 }]",
    ] {
        let said = errors(&format!("neuro.lockout = {wrong}"));
        assert!(said.contains("neuro.lockout: expected"), "{said}");
    }
}

#[test]
fn origins_are_all_or_those_listed() {
    let file = "neuro.cors_origins = [\"https://app.example\", \"http://localhost:3000\"]";
    let listed = ["https://app.example", "http://localhost:3000"].map(str::to_owned).to_vec();
    assert_eq!(neuro(file).cors_origins, Origins::These(listed));
    for wrong in ["https://app.example/", "https://me:hunter2@app.example", "app.example", ""] {
        let said = errors(&format!("neuro.cors_origins = [\"{wrong}\"]"));
        assert!(said.contains("expected an origin") && !said.contains("hunter2"), "{said}");
    }
    assert_eq!(neuro("neuro.cors_origins = []").cors_origins, Origins::These(Vec::new()));
}

#[test]
fn bounds_are_kept() {
    for wrong in [
        "attachment_bytes_max = 0",
        "attachment_bytes_max = 10485761",
        "review_budget_ms = 60001",
        "review_budget_ms = -1",
        "validity = \"2\"",
        "human_name = \"\"",
        "human_description = \"a\\nb\"",
        "auto_on_apply = 1",
    ] {
        assert!(errors(&format!("neuro.{wrong}")).contains("expected"), "{wrong}");
    }
    assert_eq!(neuro("neuro.validity = \"90 days\"").validity.after(0), 90 * 86_400_000);
}
