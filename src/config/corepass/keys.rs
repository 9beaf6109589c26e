//! The keys of `[corepass]` and `[corepass.sandbox]`.

use crate::config::key::{Fallback, Key};

pub(super) const CHAIN: Key = Key::new(
    "corepass.chain",
    Fallback::Toml("\"sandbox\""),
    "`sandbox`: a simulated chain, where the sandbox is enabled; `rpc`: not supported by this version yet",
);
pub(super) const NETWORK: Key = Key::new(
    "corepass.network",
    Fallback::Toml("\"devin\""),
    "network whose Core IDs are accepted: `mainnet` (cb), `devin` (ab) or `private` (ce)",
);
pub(super) const SIGNING_KEY_FILE: Key = Key::new(
    "corepass.signing_key_file",
    Fallback::Words("generated in the sandbox; otherwise required for `ed448`"),
    "file with the Ed448 key that signs callbacks",
);
pub(super) const SIGNATURE_SCHEME: Key = Key::new(
    "corepass.signature_scheme",
    Fallback::Toml("\"ed448\""),
    "how callbacks are signed: `ed448` or `secp256k1`",
);
pub(super) const SECP256K1_KEY_FILE: Key = Key::new(
    "corepass.secp256k1_key_file",
    Fallback::Words("generated in the sandbox; otherwise required for `secp256k1`"),
    "file with the key of the `secp256k1` scheme",
);
pub(super) const CALLBACK_ENCODING: Key = Key::new(
    "corepass.callback_encoding",
    Fallback::Toml("\"doc-go\""),
    "which bytes of a data callback are signed: `doc-go` (the documented JSON) or `wire` (what is sent)",
);
pub(super) const CALLBACK_CONTENT_TYPE: Key = Key::new(
    "corepass.callback_content_type",
    Fallback::Toml("\"multipart\""),
    "how a data callback travels: `multipart` or `json`",
);
pub(super) const NOTIFY_PENDING: Key = Key::new(
    "corepass.notify_pending",
    Fallback::Toml("true"),
    "whether the status callback also tells of a pending transfer",
);
pub(in crate::config) const CALLBACK_INTERVALS: Key = Key::new(
    "corepass.callback_intervals",
    Fallback::Toml("[1, 5, 10, 120, 124000]"),
    "waits of the data and error callback after each failure, 1 to 50; also `NATS_CALLBACK_TOPICS`",
);
pub(in crate::config) const CALLBACK_INTERVAL_UNIT: Key = Key::new(
    "corepass.callback_interval_unit",
    Fallback::Toml("\"minute\""),
    "their unit: `second`, `minute`, `hour` or `day`; also `NATS_CALLBACK_DURATION`",
);
pub(super) const STATUS_INTERVALS_S: Key = Key::new(
    "corepass.status_intervals_s",
    Fallback::Toml("[5, 30, 120]"),
    "waits in seconds of the status callback after each failure, then it is skipped as a dead letter; at most 50",
);
pub(super) const API_KEY: Key = Key::new(
    "corepass.api_key",
    Fallback::Words("unset"),
    "bearer token that clients must send; needed beyond loopback, unless `server.allow_unauthenticated`",
)
.secret();
pub(super) const DATA_TIMEOUT_S: Key = Key::new(
    "corepass.data_timeout_s",
    Fallback::Toml("86400"),
    "seconds that an INITIATED order waits for the user's data",
);
pub(super) const BLOCK_TIME_MS: Key = Key::new(
    "corepass.sandbox.block_time_ms",
    Fallback::Toml("7000"),
    "milliseconds between two blocks of the simulated chain",
);
pub(super) const BATCH_INTERVAL_MS: Key = Key::new(
    "corepass.sandbox.batch_interval_ms",
    Fallback::Toml("60000"),
    "milliseconds between two batches of transactions",
);
pub(super) const CONFIRMATIONS: Key = Key::new(
    "corepass.sandbox.confirmations",
    Fallback::Toml("1"),
    "blocks until a transaction counts, its own included",
);

pub(in crate::config) const KEYS: &[&Key] = &[
    &CHAIN,
    &NETWORK,
    &SIGNING_KEY_FILE,
    &SIGNATURE_SCHEME,
    &SECP256K1_KEY_FILE,
    &CALLBACK_ENCODING,
    &CALLBACK_CONTENT_TYPE,
    &NOTIFY_PENDING,
    &CALLBACK_INTERVALS,
    &CALLBACK_INTERVAL_UNIT,
    &STATUS_INTERVALS_S,
    &API_KEY,
    &DATA_TIMEOUT_S,
    &BLOCK_TIME_MS,
    &BATCH_INTERVAL_MS,
    &CONFIRMATIONS,
];
