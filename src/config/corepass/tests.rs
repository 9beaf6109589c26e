//! All settings of the section, good and bad.

use super::*;
use crate::config::{Config, ConfigErrors, Sources};

fn load(file: &str, env: &[(&str, &str)]) -> Result<CorePass, ConfigErrors> {
    Config::load(Sources::of(file, env, &[])).map(|config| config.corepass.expect("in the sandbox"))
}

fn errors(file: &str) -> String {
    load(file, &[]).expect_err(file).to_string()
}

#[test]
fn defaults_are_those_of_the_reference_connector() {
    let corepass = load("", &[]).expect("valid");
    assert_eq!(corepass.network, Network::Devin);
    assert_eq!(corepass.signature_scheme, SignatureScheme::Ed448);
    assert_eq!(corepass.callback_encoding, CallbackEncoding::DocGo);
    assert_eq!(corepass.callback_content_type, ContentType::Multipart);
    assert!(corepass.notify_pending);
    assert_eq!(
        corepass.callback_schedule_ms(),
        [60_000, 300_000, 600_000, 7_200_000, 7_440_000_000]
    );
    assert_eq!(corepass.status_schedule_ms(), [5000, 30_000, 120_000]);
    assert_eq!(corepass.data_timeout_s, 86_400);
    assert_eq!(corepass.sandbox.block_time_ms, 7000);
    assert_eq!(corepass.sandbox.batch_interval_ms, 60_000);
    assert_eq!(corepass.sandbox.confirmations, 1);
}

#[test]
fn reference_connectors_variables_beat_the_file_and_lose_to_ours() {
    let file = "corepass.callback_intervals = [9]";
    let nats = [
        ("NATS_CALLBACK_TOPICS", "1,5, 10"),
        ("NATS_CALLBACK_DURATION", "SECOND"),
        ("NATS_URL", "nats://x"),
    ];
    assert_eq!(load(file, &nats).expect("valid").callback_schedule_ms(), [1000, 5000, 10_000]);

    for intervals in ["2,4", "[2, 4]", " [2,\n4] "] {
        let mut env = vec![("KYCD_COREPASS__CALLBACK_INTERVALS", intervals)];
        env.extend(nats);
        assert_eq!(
            load(file, &env).expect("valid").callback_schedule_ms(),
            [2000, 4000],
            "{intervals}"
        );
    }

    let wrong = [("NATS_CALLBACK_TOPICS", "1,0"), ("NATS_CALLBACK_DURATION", "week")];
    let expected = "environment NATS_CALLBACK_DURATION: corepass.callback_interval_unit: \
                    expected second, minute, hour or day, found \"week\"\n\
                    environment NATS_CALLBACK_TOPICS: corepass.callback_intervals: \
                    expected a whole number from 1 to 4294967295 in entry 2, found \"0\"";
    assert_eq!(load(file, &wrong).expect_err("both wrong").to_string(), expected);
}

#[test]
fn nested_keys_come_from_the_environment() {
    let env =
        [("KYCD_COREPASS__SANDBOX__BLOCK_TIME_MS", "5"), ("KYCD_COREPASS__STATUS_INTERVALS_S", "")];
    let corepass = load("[corepass.sandbox]\nconfirmations = 3", &env).expect("valid");
    assert_eq!((corepass.sandbox.block_time_ms, corepass.sandbox.confirmations), (5, 3));
    assert!(corepass.status_intervals_s.is_empty());
}

#[test]
fn intervals_are_bounded_in_number_and_length() {
    assert_eq!(
        errors("corepass.callback_intervals = []"),
        "kycd.toml:1: corepass.callback_intervals: expected a list of 1 to 50 entries, found 0"
    );
    assert!(errors(&format!("corepass.callback_intervals = {:?}", [1; 51])).ends_with("found 51"));
    assert!(errors("corepass.callback_intervals = [1, -1]").contains("in entry 2, found -1"));
    assert!(errors("corepass.callback_intervals = 5").contains("expected a list, found 5"));
    assert!(errors("corepass.status_intervals_s = [0]").contains("in entry 1, found 0"));
    assert!(load("corepass.callback_interval_unit = \"day\"", &[]).is_ok());
    let long =
        "corepass.callback_interval_unit = \"day\"\ncorepass.callback_intervals = [1, 365001]";
    assert_eq!(
        errors(long),
        "kycd.toml:2: corepass.callback_intervals: entry 2 waits longer than 1000 years"
    );
}

#[test]
fn simulated_chain_is_positive() {
    for key in ["block_time_ms", "batch_interval_ms", "confirmations"] {
        assert!(errors(&format!("corepass.sandbox.{key} = 0")).contains(key));
    }
}

#[test]
fn without_a_sandbox_corepass_is_not_configured_but_still_checked() {
    let production =
        "sandbox.enabled = false\ndata.master_key_file = \"k\"\nserver.listen = \"0.0.0.0:80\"\n";
    assert!(Config::load(Sources::of(production, &[], &[])).expect("valid").corepass.is_none());
    assert!(
        errors(&format!("{production}corepass.network = \"x\""))
            .starts_with("kycd.toml:4: corepass.network")
    );
}

#[test]
fn rpc_is_not_supported_and_says_what_else_it_would_need() {
    let rpc =
        "corepass.chain = \"rpc\"\ndata.master_key_file = \"k\"\nserver.listen = \"0.0.0.0:80\"\n";
    let unsupported = "kycd.toml:1: corepass.chain: \"rpc\" is not supported by this version yet; expected sandbox";
    let bare = errors(rpc);
    assert!(bare.starts_with(unsupported), "{bare}");
    assert!(bare.contains("\ncorepass.signing_key_file: needed outside the sandbox"), "{bare}");
    assert!(
        bare.contains("\ncorepass.api_key: needed because 0.0.0.0:80 is not loopback"),
        "{bare}"
    );

    let secp = errors(&format!(
        "{rpc}corepass.signature_scheme = \"secp256k1\"\nserver.allow_unauthenticated = true"
    ));
    assert!(secp.contains("\ncorepass.secp256k1_key_file: needed outside"), "{secp}");
    assert!(!secp.contains("api_key") && !secp.contains("signing_key_file"), "{secp}");

    let full = format!("{rpc}corepass.signing_key_file = \"s\"\ncorepass.api_key = \"a\"");
    assert_eq!(errors(&full), unsupported);
}
