//! All settings of the section, good and bad.

use super::*;
use crate::config::{Config, ConfigErrors, Sources};

const SEED: &str = "SADQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQP54X";
const BEYOND: &str = "sandbox.enabled = false\ndata.master_key_file = \"k\"\n";

fn load(file: &str) -> Result<Option<Stellar>, ConfigErrors> {
    Config::load(Sources::of(file, &[], &[])).map(|config| config.stellar)
}

fn served(file: &str) -> Stellar {
    load(file).expect("valid").expect("configured")
}

fn complete(more: &str) -> String {
    format!(
        "{BEYOND}stellar.signing_seed = \"{SEED}\"\nstellar.jwt_secret = \"a secret of ours\"\n\
         stellar.network_passphrase = \"Public Global Stellar Network ; September 2015\"\n{more}"
    )
}

#[test]
fn the_sandbox_needs_nothing() {
    let stellar = served("");
    assert_eq!(stellar.network_passphrase, TESTNET);
    assert!(stellar.signing_seed.is_none() && stellar.jwt_secret.is_none());
    assert!(stellar.master_key_only);
    assert_eq!(stellar.home_domains_at("http://127.0.0.1:4711"), ["127.0.0.1:4711"]);
    assert_eq!(stellar.web_auth_domain_at("https://kyc.example/x"), "kyc.example");
}

#[test]
fn a_horizon_server_is_asked_if_there_is_one() {
    let url = "stellar.horizon_url = \"http://horizon:8000/\"";
    let stellar = served(url);
    assert_eq!(stellar.horizon_url.as_deref(), Some("http://horizon:8000"));
    assert!(!stellar.master_key_only);
    assert!(served(&format!("{url}\nstellar.master_key_only = true")).master_key_only);
    let errors = load("stellar.master_key_only = false").expect_err("nobody to ask").to_string();
    let expected =
        "stellar.horizon_url: needed to look signers up; or set stellar.master_key_only = true";
    assert_eq!(errors, expected);
}

#[test]
fn beyond_the_sandbox_it_is_served_if_it_is_configured() {
    assert!(load(BEYOND).expect("valid").is_none());
    let stellar = served(&complete("stellar.horizon_url = \"https://horizon.stellar.org\""));
    assert_eq!(stellar.signing_seed.expect("given").expose(), SEED);
    assert_eq!(stellar.jwt_secret.expect("given").expose(), "a secret of ours");
    assert!(!stellar.master_key_only);
    assert!(served(&complete("stellar.master_key_only = true")).horizon_url.is_none());
}

#[test]
fn beyond_the_sandbox_nothing_is_made_up() {
    let errors = load(&format!("{BEYOND}stellar.home_domain = \"kyc.example\""));
    let errors = errors.expect_err("four are missing").to_string();
    let needed = "needed outside the sandbox when any stellar key is given";
    let expected = [
        &format!("stellar.signing_seed: {needed}"),
        &format!("stellar.network_passphrase: {needed}"),
        &format!("stellar.jwt_secret: {needed}"),
        "stellar.horizon_url: needed to look signers up; or set stellar.master_key_only = true",
    ];
    assert_eq!(errors, expected.join("\n"));
}

#[test]
fn home_domains_are_one_or_several() {
    let domains = |value: &str| served(&format!("stellar.home_domain = {value}")).home_domains;
    assert_eq!(domains("\"localhost:8080\""), ["localhost:8080"]);
    assert_eq!(domains("[\"a.example\", \"b.example:443\"]"), ["a.example", "b.example:443"]);
    let env = [("KYCD_STELLAR__HOME_DOMAIN", "a.example, b.example")];
    let config = Config::load(Sources::of("", &env, &[])).expect("valid");
    assert_eq!(config.stellar.expect("configured").home_domains, ["a.example", "b.example"]);
    let long = "a".repeat(60);
    for wrong in [
        "\"\"",
        "[]",
        "5",
        "\"https://a.example\"",
        "\"a.example/\"",
        "\"A.example\"",
        "\"a b\"",
        "\"a:99999\"",
        &format!("\"{long}\""),
        "[\"a.example\", \"\"]",
    ] {
        assert!(load(&format!("stellar.home_domain = {wrong}")).is_err(), "{wrong}");
    }
}

#[test]
fn wrong_secrets_are_not_repeated() {
    let wrong = SEED.replace("SADQ", "SADX");
    for file in [
        format!("stellar.signing_seed = \"{wrong}\""),
        format!("stellar.signing_seed = [\"{wrong}\"]"),
        format!("stellar.jwt_secret = [\"{wrong}\"]"),
        "stellar.jwt_secret = \" \"".to_owned(),
        "stellar.network_passphrase = \"\"".to_owned(),
        "stellar.horizon_url = \"horizon\"".to_owned(),
    ] {
        let errors = load(&file).expect_err(&file);
        assert!(!format!("{errors} {errors:?}").contains(&wrong), "{errors}");
    }
    let file = complete("stellar.master_key_only = true");
    let config = Config::load(Sources::of(&file, &[], &[])).expect("valid");
    let shown = format!("{config:?} {:?}", config.redacted());
    assert!(!shown.contains(SEED) && !shown.contains("a secret"), "{shown}");
}
