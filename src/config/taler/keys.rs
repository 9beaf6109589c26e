//! The keys of `[taler]`.

use crate::config::key::{Fallback, Key};

pub(super) const KYC_MODE: Key = Key::new(
    "taler.kyc_mode",
    Fallback::Words("`oauth2` in the sandbox, otherwise `none`"),
    "`oauth2`: holders of accounts prove who they are at a provider; `none`: every account is good",
);
pub(super) const AUTHORIZE_URL: Key = Key::new(
    "taler.oauth2.authorize_url",
    Fallback::Words("sandbox: a simulated provider; otherwise needed for `oauth2`"),
    "page of the OAuth 2.0 provider that users are sent to",
);
pub(super) const TOKEN_URL: Key = Key::new(
    "taler.oauth2.token_url",
    Fallback::Words("sandbox: a simulated provider; otherwise needed for `oauth2`"),
    "where a code is exchanged for a token; may be in a private network",
);
pub(super) const INFO_URL: Key = Key::new(
    "taler.oauth2.info_url",
    Fallback::Words("sandbox: a simulated provider; otherwise needed for `oauth2`"),
    "where the token shows who the user is; may be in a private network",
);
pub(super) const CLIENT_ID: Key = Key::new(
    "taler.oauth2.client_id",
    Fallback::Words("sandbox: `taler-exchange`; otherwise needed for `oauth2`"),
    "our name at the provider",
);
pub(super) const CLIENT_SECRET: Key = Key::new(
    "taler.oauth2.client_secret",
    Fallback::Words("sandbox: the simulated provider's; otherwise needed for `oauth2`"),
    "our secret at the provider",
)
.secret();
pub(super) const POST_URL: Key = Key::new(
    "taler.oauth2.post_url",
    Fallback::Words("sandbox: `http://example.com/`; otherwise needed for `oauth2`"),
    "page that users are sent to when they are done",
);
pub(super) const TIMEOUT_MS: Key = Key::new(
    "taler.oauth2.timeout_ms",
    Fallback::Toml("10000"),
    "milliseconds the provider has for both questions together, then a user is told to try again",
);
pub(super) const STATUS: Key = Key::new(
    "taler.oauth2.status",
    Fallback::Toml("\"/status\""),
    "JSON pointer to what must be `success` in the answer of `info_url`; empty: nothing",
);
pub(super) const USER_ID: Key = Key::new(
    "taler.oauth2.user_id",
    Fallback::Toml("\"/data/id\""),
    "JSON pointer to the provider's id of its user in the answer of `info_url`",
);
pub(super) const ATTRIBUTE: Key = Key::new(
    "taler.oauth2.attributes.NAME",
    Fallback::Words("every text, number and truth value beside `user_id`, under its own name"),
    "JSON pointer to an attribute that is kept under this name, if it is there; with one given, only those given are \
     kept",
);
pub(super) const SIGNING_KEY_FILE: Key = Key::new(
    "taler.signing_key_file",
    Fallback::Words("generated in the sandbox; otherwise required"),
    "file with the Ed25519 key that signs answers: a seed of 32 bytes in hex or Crockford base32",
);
pub(super) const BULK_LIMIT_BYTES: Key = Key::new(
    "taler.bulk_limit_bytes",
    Fallback::Toml("1073741824"),
    "bytes of one document of `kyc-bulk`; a larger one is answered 413",
);
pub(super) const BULK_REVIEW: Key = Key::new(
    "taler.bulk_review",
    Fallback::Toml("\"none\""),
    "`manual`: an operator looks at each document of `kyc-bulk`, and to accept it legitimizes the account",
);
pub(super) const BULK_BINDING: Key = Key::new(
    "taler.bulk_binding",
    Fallback::Toml("\"full64\""),
    "what third parties sign of the payto URI: `full64`, `full64-nonul`, `full32` or `normalized32`",
);
pub(super) const BULK_PURPOSE: Key = Key::new(
    "taler.bulk_purpose",
    Fallback::Toml("1370"),
    "purpose number in what third parties sign; provisional",
);
pub(super) const BULK_CODES: Key = Key::new(
    "taler.bulk_codes",
    Fallback::Toml("[1970, 1971, 1972]"),
    "error codes for a bad signature of `kyc-bulk`, an unknown third party, a bad signature of `kyc-import`; \
     provisional",
);
pub(super) const REFERENCE_2021: Key = Key::new(
    "taler.reference_2021",
    Fallback::Toml("false"),
    "answer as the reference server of 2021 did where it differs from the documentation: no `state`, 303, 403",
);

pub(in crate::config) const KEYS: &[&Key] = &[
    &KYC_MODE,
    &AUTHORIZE_URL,
    &TOKEN_URL,
    &INFO_URL,
    &CLIENT_ID,
    &CLIENT_SECRET,
    &POST_URL,
    &TIMEOUT_MS,
    &STATUS,
    &USER_ID,
    &ATTRIBUTE,
    &SIGNING_KEY_FILE,
    &BULK_LIMIT_BYTES,
    &BULK_REVIEW,
    &BULK_BINDING,
    &BULK_PURPOSE,
    &BULK_CODES,
    &REFERENCE_2021,
];
