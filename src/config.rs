//! Configuration: a TOML file, the environment and the command line, merged and checked in one go.
//!
//! [`Config::load`] is pure: it takes texts and answers a checked [`Config`] or *every* error at once. The process is
//! touched only by [`Sources::from_process`]. Called by the command line; everything else is handed a section.
//!
//! ```text
//! weakest   defaults  →  TOML file  →  NATS_CALLBACK_*  →  KYCD_SECTION__KEY  →  flags   strongest
//! ```
//!
//! To add a key: a `Key` constant in its section's file, a place in that file's `KEYS`, a field, and one line in `read`.
//! To add a section: one file like `log.rs`, and a line each in [`Config`], `keys` and `load`.

pub mod audit;
pub mod callbacks;
pub mod corepass;
pub mod data;
pub mod error;
mod file;
mod key;
pub mod limits;
pub mod log;
pub mod neuro;
pub mod operator;
pub mod providers;
mod reader;
pub mod retention;
pub mod sandbox;
pub mod secret;
pub mod server;
pub mod sources;
pub mod stellar;
pub mod taler;
mod value;

pub use audit::Audit;
pub use callbacks::Callbacks;
pub use corepass::CorePass;
pub use data::Data;
pub use error::{ConfigError, ConfigErrors};
pub use key::Reference;
pub use log::Log;
pub use neuro::Neuro;
pub use operator::Operator;
pub use providers::{Provider, Providers};
pub use retention::Retention;
pub use sandbox::Sandbox;
pub use secret::Secret;
pub use server::Server;
pub use sources::Sources;
pub use stellar::Stellar;
pub use taler::Taler;

use kyc_events::engine::{ConfigurationInForce, PolicyId, Setting};
use sha2::{Digest, Sha256};

use key::Key;
use reader::{Reader, Settled};

/// A checked configuration. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`: the public listener.
    pub server: Server,
    /// `[operator]`: the operator's listener.
    pub operator: Operator,
    /// `[data]`: where the log and the keys live.
    pub data: Data,
    /// `[sandbox]`: simulated counterparts.
    pub sandbox: Sandbox,
    /// `[callbacks]`: outgoing requests, of all protocols.
    pub callbacks: Callbacks,
    /// `[corepass]`; `None` when there is no counterpart, neither a chain nor a simulated one: its paths answer 404.
    pub corepass: Option<CorePass>,
    /// `[providers]`: verification providers by name.
    pub providers: Providers,
    /// `[audit]`: signed checkpoints of the log.
    pub audit: Audit,
    /// `[stellar]`; `None` when it is not configured: its paths answer 404.
    pub stellar: Option<Stellar>,
    /// `[taler]`; `None` when it is not configured: its paths answer 404.
    pub taler: Option<Taler>,
    /// `[neuro]`; `None` when it is not configured: its paths answer 404.
    pub neuro: Option<Neuro>,
    /// `[retention]`: how long things are kept after their end.
    pub retention: Retention,
    /// `[log]`: what the process writes about itself.
    pub log: Log,
    settled: Vec<Settled>,
}

impl Config {
    /// Merges and checks the sources.
    pub fn load(sources: Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(sources, &keys());
        let server = Server::read(&mut reader);
        let operator = Operator::read(&mut reader);
        let sandbox = Sandbox::read(&mut reader, server.listen, operator.listen);
        let data = Data::read(&mut reader, sandbox.enabled);
        let callbacks = Callbacks::read(&mut reader, sandbox.enabled);
        let corepass = CorePass::read(&mut reader, sandbox.enabled, &server);
        let providers = providers::read(&mut reader);
        let audit = Audit::read(&mut reader);
        let stellar = Stellar::read(&mut reader, sandbox.enabled, &server, &providers);
        let taler = Taler::read(&mut reader, sandbox.enabled);
        let neuro = Neuro::read(&mut reader, sandbox.enabled, &server, &providers);
        let retention = Retention::read(&mut reader);
        let log = Log::read(&mut reader);
        let settled = reader.finish(&keys())?;
        Ok(Self {
            server,
            operator,
            data,
            sandbox,
            callbacks,
            corepass,
            providers,
            audit,
            stellar,
            taler,
            neuro,
            retention,
            log,
            settled,
        })
    }

    /// Every key with its effective value and where that came from, in the order of the sections.
    ///
    /// The value is TOML text (`"text"`, `[1, 5]`), a secret's is `"***"`, that of a key without one is empty. The
    /// source is `kycd.toml:12`, `environment KYCD_X`, `flag --x`, `default` or `unset`.
    pub fn redacted(&self) -> Vec<(String, String, String)> {
        self.settled
            .iter()
            .map(|one| (one.key.clone(), one.value.clone(), one.source.clone()))
            .collect()
    }

    /// What decisions are made under: the settings, without secrets, and a name for them.
    pub fn in_force(&self) -> ConfigurationInForce {
        let software = env!("CARGO_PKG_VERSION").to_owned();
        let mut hash = Sha256::new().chain_update(software.as_bytes());
        let redacted: Vec<Setting> = self
            .settled
            .iter()
            .map(|one| Setting { key: one.key.clone(), value: one.value.clone() })
            .collect();
        for Setting { key, value } in &redacted {
            hash.update(format!("\n{key} = {value}"));
        }
        let digest = PolicyId(hex::encode(&hash.finalize()[..8]));
        ConfigurationInForce { digest, software, redacted }
    }

    /// Every key there is, for the documentation, in the order of the sections.
    pub fn reference() -> Vec<Reference> {
        keys().into_iter().map(Key::reference).collect()
    }
}

/// All keys, in the order in which they are printed and documented.
fn keys() -> Vec<&'static Key> {
    [
        server::KEYS,
        operator::KEYS,
        data::KEYS,
        sandbox::KEYS,
        callbacks::KEYS,
        corepass::KEYS,
        providers::KEYS,
        audit::KEYS,
        stellar::KEYS,
        stellar::types::KEYS,
        taler::KEYS,
        neuro::KEYS,
        retention::KEYS,
        log::KEYS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        file: &str,
        env: &[(&str, &str)],
        flags: &[(&str, &str)],
    ) -> Result<Config, ConfigErrors> {
        Config::load(Sources::of(file, env, flags))
    }

    fn source_of(config: &Config, key: &str) -> (String, String) {
        let found =
            config.redacted().into_iter().find(|(name, ..)| name == key).expect("a known key");
        (found.1, found.2)
    }

    #[test]
    fn nothing_given_is_a_loopback_sandbox() {
        let config = load("", &[], &[]).expect("defaults are valid");
        assert!(config.sandbox.enabled);
        assert!(!config.sandbox.virtual_clock);
        assert!(config.corepass.is_some());
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.operator.listen.to_string(), "127.0.0.1:8081");
    }

    #[test]
    fn flag_beats_environment_beats_file() {
        let file = "[data]\ndir = \"/file\"";
        let env = [("KYCD_DATA__DIR", "/env")];
        let from = |env: &[(&str, &str)], flags: &[(&str, &str)]| {
            source_of(&load(file, env, flags).expect("valid"), "data.dir")
        };
        assert_eq!(from(&[], &[]), ("\"/file\"".to_owned(), "kycd.toml:2".to_owned()));
        assert_eq!(
            from(&env, &[]),
            ("\"/env\"".to_owned(), "environment KYCD_DATA__DIR".to_owned())
        );
        assert_eq!(
            from(&env, &[("data.dir", "/flag")]),
            ("\"/flag\"".to_owned(), "flag --data".to_owned())
        );
    }

    #[test]
    fn all_errors_are_reported_at_once_each_with_its_place() {
        let file = "[server]\nlisten = 5\n[corepass]\nnetwork = \"x\"\nnetwrok = \"devin\"";
        let env = [("KYCD_CALLBACKS__TIMEOUT_MS", "soon"), ("KYCD_SERVER_LISTEN", "1")];
        let errors = load(file, &env, &[("operator.listen", "here")]).expect_err("five errors");
        let expected = [
            "kycd.toml:2: server.listen: expected an address and port such as 127.0.0.1:8080, found 5",
            "kycd.toml:4: corepass.network: expected mainnet, devin or private, found \"x\"",
            "kycd.toml:5: corepass.netwrok: unknown key; did you mean corepass.network?",
            "environment KYCD_CALLBACKS__TIMEOUT_MS: callbacks.timeout_ms: expected a whole number from 1 to 4294967295, \
             found \"soon\"",
            "environment KYCD_SERVER_LISTEN: unknown key; did you mean KYCD_SERVER__LISTEN?",
            "flag --operator-listen: operator.listen: expected an address and port such as 127.0.0.1:8080, found \"here\"",
        ];
        assert_eq!(errors.to_string(), expected.join("\n"));
    }

    #[test]
    fn broken_file_does_not_make_its_keys_missing() {
        let env = [("KYCD_SANDBOX__ENABLED", "false"), ("KYCD_LOG__FORMAT", "xml")];
        let errors = load("[data]\nmaster_key_file = \"k\"\ndir =\n", &env, &[])
            .expect_err("two errors")
            .to_string();
        let lines: Vec<&str> = errors.lines().collect();
        assert_eq!(lines.len(), 2, "{errors}");
        assert!(lines[0].starts_with("kycd.toml:3: "), "{errors}");
        assert!(lines[1].starts_with("environment KYCD_LOG__FORMAT: log.format: "), "{errors}");
    }

    #[test]
    fn value_for_a_section_and_unknown_sections_are_errors() {
        let errors = load("server = 1\n[corepass]\nsandbox = 2\n[nonsense]\n[data]\n", &[], &[])
            .expect_err("three");
        let expected = [
            "kycd.toml:1: server: is a section, not a value",
            "kycd.toml:3: corepass.sandbox: is a section, not a value",
            "kycd.toml:4: nonsense: unknown key",
        ];
        assert_eq!(errors.to_string(), expected.join("\n"));
    }

    #[test]
    fn every_printed_key_is_documented_in_the_same_order() {
        let config = load("", &[], &[]).expect("valid");
        let printed: Vec<String> = config.redacted().into_iter().map(|(key, ..)| key).collect();
        let fixed = keys().into_iter().filter(|key| !key.is_wild());
        let documented: Vec<&str> = fixed.map(|key| key.name).collect();
        assert_eq!(printed, documented);
    }

    #[test]
    fn printed_defaults_load_again() {
        let config = load("", &[], &[]).expect("valid");
        let lines = config.redacted().into_iter().filter(|(_, value, _)| !value.is_empty());
        let lines: Vec<String> = lines.map(|(key, value, _)| format!("{key} = {value}")).collect();
        let again = load(&lines.join("\n"), &[], &[]).expect("printed text is a valid file");
        let values =
            |config: &Config| config.redacted().into_iter().map(|one| one.1).collect::<Vec<_>>();
        assert_eq!(values(&again), values(&config));
    }

    #[test]
    fn secrets_are_neither_printed_nor_echoed() {
        let file = "operator.token = \"hunter2\"\ncorepass.api_key = \"hunter2\"";
        let env = [("KYCD_DATA__MASTER_KEY", "77".repeat(32))];
        let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let config = load(file, &env, &[]).expect("valid");
        let shown =
            format!("{config:?} {:?} {:?}", config.redacted(), Sources::of(file, &env, &[]));
        assert!(!shown.contains("hunter2") && !shown.contains("7777"), "{shown}");
        assert_eq!(source_of(&config, "operator.token").0, "\"***\"");

        for file in [
            "data.master_key = \"hunter2\"",
            "operator.token = [\"hunter2\"]",
            "operator.token = \"hunter2 \\n\"",
            "operator.token = hunter2",
            "operator.token = \"hunter2",
            "operator.token = \"a\"\noperator.token = \"hunter2\"",
            "operator.tokn = \"hunter2\"",
            "operator.token = { hunter = \"hunter2\" }",
            "corepass.api_key = \"\"\noperator = \"hunter2\"",
            "server.public_url = \"https://me:hunter2@example.org\"",
        ] {
            let errors = load(file, &[], &[]).expect_err(file);
            assert!(!format!("{errors} {errors:?}").contains("hunter2"), "{errors}");
        }
    }
}
