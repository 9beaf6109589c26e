//! The keys of `[neuro]`.

use crate::config::key::{Fallback, Key};

pub(super) const DOMAIN: Key = Key::new(
    "neuro.domain",
    Fallback::Words(
        "host and port of `server.public_url`, which outside the sandbox has to be given then",
    ),
    "what stands after `@` in accounts' addresses and after `@legal.` in ids, for ever; clients sign it",
);
pub(super) const ALLOWED_HOSTS: Key = Key::new(
    "neuro.allowed_hosts",
    Fallback::Words(
        "`neuro.domain`, and `localhost` and `127.0.0.1` with the port of `server.listen`",
    ),
    "hosts, with the port unless that is the scheme's own, that requests may name in `Host`; at most 16",
);
pub(super) const HUMAN_NAME: Key = Key::new(
    "neuro.human_name",
    Fallback::Words("unset"),
    "what the domain is called in `DomainInfo`",
);
pub(super) const HUMAN_DESCRIPTION: Key = Key::new(
    "neuro.human_description",
    Fallback::Words("unset"),
    "what the domain is, in a sentence, in `DomainInfo`",
);
pub(super) const TOKEN_SECRET: Key = Key::new(
    "neuro.token_secret",
    Fallback::Words("generated in the sandbox; otherwise required"),
    "secret that tokens are signed with (HS256 over its UTF-8 bytes): 32 random bytes or more, and for nothing else",
)
.secret();
pub(super) const SIGNING_KEY_FILE: Key = Key::new(
    "neuro.signing_key_file",
    Fallback::Words("generated in the sandbox; otherwise required"),
    "file with the server's Ed25519 key, which signs identities: a seed of 32 bytes in hex",
);
pub(super) const DEFAULT_PROFILE: Key = Key::new(
    "neuro.default_profile",
    Fallback::Toml("\"default\""),
    "profile that applications have to meet",
);
pub(super) const REQUIRED: Key = Key::new(
    "neuro.profiles.NAME.required",
    Fallback::Words("`[\"FIRST\", \"LAST\", \"PNR\", \"COUNTRY\"]`"),
    "properties without which an application is rejected",
);
pub(super) const PHOTOS: Key = Key::new(
    "neuro.profiles.NAME.photos",
    Fallback::Words("0"),
    "photos that have to be attached: how many, or a list of names (`ProfilePhoto`, `Passport`, `IdCardFront`, …)",
);
pub(super) const PEER_REVIEW: Key = Key::new(
    "neuro.profiles.NAME.peer_review",
    Fallback::Words("false"),
    "what clients are told of reviews by their peers; the server asks none",
);
pub(super) const ISO3166: Key = Key::new(
    "neuro.profiles.NAME.iso3166",
    Fallback::Words("true"),
    "whether `COUNTRY` has to be two letters of ISO 3166",
);
pub(super) const MIN_AGE: Key = Key::new(
    "neuro.profiles.NAME.min_age",
    Fallback::Words("unset"),
    "years; who is younger, or does not say, is rejected",
);
pub(super) const AUTHENTICATORS: Key = Key::new(
    "neuro.profiles.NAME.authenticators",
    Fallback::Words("`[\"contact\", \"documents\", \"duplicate\"]`"),
    "who is asked: those three and `provider:NAME`, at most 8; nobody: everything waits for an operator",
);
pub(super) const SELF_DECLARED: Key = Key::new(
    "neuro.profiles.NAME.self_declared",
    Fallback::Words("sandbox: true; otherwise false"),
    "whether `documents` takes claims and photos for right that no rule contradicts; otherwise a provider or an \
     operator has to confirm them",
);
pub(super) const PHOTO_NAME: Key = Key::new(
    "neuro.photo_names.NAME",
    Fallback::Words("none"),
    "what a file of this name (without extension) shows, for example `selfie = \"ProfilePhoto\"`",
);
pub(super) const AUTO_ON_APPLY: Key = Key::new(
    "neuro.auto_on_apply",
    Fallback::Toml("false"),
    "whether `ApplyId` starts the automatic review, and not only `ReadyForApproval`",
);
pub(super) const LEGACY_READY: Key = Key::new(
    "neuro.legacy_ready",
    Fallback::Toml("false"),
    "whether `ReadyForApproval` is also taken unsigned, with `legalId` alone, as clients before 2025 send it",
);
pub(super) const ATTACHMENT_BYTES_MAX: Key = Key::new(
    "neuro.attachment_bytes_max",
    Fallback::Toml("5242880"),
    "bytes of one attachment, decoded; at most 10485760",
);
pub(super) const VALIDITY: Key = Key::new(
    "neuro.validity",
    Fallback::Toml("\"2 years\""),
    "how long an identity is good, for example `2 years`, `18 months`, `90 days`",
);
pub(super) const REVIEW_BUDGET_MS: Key = Key::new(
    "neuro.review_budget_ms",
    Fallback::Toml("2000"),
    "milliseconds that `ReadyForApproval` waits for the automatic review, which then goes on by itself; at most 60000",
);
pub(super) const LOCKOUT: Key = Key::new(
    "neuro.lockout",
    Fallback::Toml(
        "[{ failures = 5, block_s = 3600 }, { failures = 10, block_s = 86400 }, \
         { failures = 20, block_s = 604800 }, { failures = 40, block_s = 0 }]",
    ),
    "after so many wrong signatures in a row, and each time as many more, an endpoint is not listened to for so many \
     seconds, 0 being for ever; `[]`: never; at most 16",
);
pub(super) const CORS_ORIGINS: Key = Key::new(
    "neuro.cors_origins",
    Fallback::Toml("\"*\""),
    "origins of pages that may use the Agent API, such as `https://app.example.org`; at most 64; `*`: any",
);

pub(in crate::config) const KEYS: &[&Key] = &[
    &DOMAIN,
    &ALLOWED_HOSTS,
    &HUMAN_NAME,
    &HUMAN_DESCRIPTION,
    &TOKEN_SECRET,
    &SIGNING_KEY_FILE,
    &DEFAULT_PROFILE,
    &REQUIRED,
    &PHOTOS,
    &PEER_REVIEW,
    &ISO3166,
    &MIN_AGE,
    &AUTHENTICATORS,
    &SELF_DECLARED,
    &PHOTO_NAME,
    &AUTO_ON_APPLY,
    &LEGACY_READY,
    &ATTACHMENT_BYTES_MAX,
    &VALIDITY,
    &REVIEW_BUDGET_MS,
    &LOCKOUT,
    &CORS_ORIGINS,
];
