//! `[operator]`: the second listener, for people and tools that run this server.

use std::net::SocketAddr;

use super::Secret;
use super::key::{Fallback, Key};
use super::reader::Reader;

pub(super) const LISTEN: Key = Key::new(
    "operator.listen",
    Fallback::Toml("\"127.0.0.1:8081\""),
    "address and port of the operator's listener; port 0 takes a free one",
)
.flag("--operator-listen");
const TOKEN: Key = Key::new(
    "operator.token",
    Fallback::Words("generated into `operator.token` in `data.dir`"),
    "bearer token of the operator API",
)
.secret();

pub(super) const KEYS: &[&Key] = &[&LISTEN, &TOKEN];

/// The operator's listener.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Address and port; port 0 takes a free one. Default `127.0.0.1:8081`. `KYCD_OPERATOR__LISTEN`,
    /// `--operator-listen`.
    pub listen: SocketAddr,
    /// Bearer token; `None`: one is generated and kept in the data directory. `KYCD_OPERATOR__TOKEN`.
    pub token: Option<Secret>,
}

impl Operator {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { listen: reader.setting(&LISTEN), token: reader.optional(&TOKEN) }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Sources};

    #[test]
    fn token_comes_from_the_environment() {
        let sources = Sources::of("", &[("KYCD_OPERATOR__TOKEN", "t0ken")], &[]);
        let token = Config::load(sources).expect("valid").operator.token.expect("given");
        assert_eq!(token.expose(), "t0ken");
    }

    #[test]
    fn empty_token_is_an_error() {
        let errors =
            Config::load(Sources::of("operator.token = \"\"", &[], &[])).expect_err("empty");
        let expected =
            "kycd.toml:1: operator.token: expected text of visible ASCII characters without spaces";
        assert_eq!(errors.to_string(), expected);
    }
}
