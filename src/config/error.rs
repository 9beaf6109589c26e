//! What can be wrong with a configuration, and where it stands. No error ever holds a secret.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::corepass::SignatureScheme;

/// Where a setting was given. Orders as errors are listed: the file by line, the environment, the flags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the TOML file.
    File {
        /// The file's name.
        name: String,
        /// Counted from 1.
        line: usize,
    },
    /// In this environment variable.
    Environment(String),
    /// By this flag, as typed.
    Flag(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// Everything wrong with a configuration: at least one error. One line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// Orders the errors by place, those about what is missing last.
    pub(super) fn new(mut errors: Vec<ConfigError>) -> Self {
        errors.sort_by(|a, b| (a.place.is_none(), &a.place).cmp(&(b.place.is_none(), &b.place)));
        Self(errors)
    }

    /// Each of them, in the order of `Display`.
    pub fn errors(&self) -> &[ConfigError] {
        &self.0
    }
}

/// One thing wrong: `kycd.toml:12: corepass.network: expected mainnet, devin or private, found "x"`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", Prefix(.place.as_ref()), Prefix(.key.as_ref()))]
pub struct ConfigError {
    /// Where; `None` when the point is that something was not given.
    pub place: Option<Place>,
    /// Dotted key; `None` when the text is not TOML, or a variable's name is not a key's.
    pub key: Option<String>,
    /// What.
    pub problem: Problem,
}

/// `text: `, or nothing.
struct Prefix<'a, T>(Option<&'a T>);

impl<T: fmt::Display> fmt::Display for Prefix<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |text| write!(f, "{text}: "))
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is not TOML.
    #[error("{0}")]
    Syntax(String),
    /// No such key.
    #[error("unknown key{}", .nearest.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    Unknown {
        /// The known name nearest to it, written as the place writes names.
        nearest: Option<String>,
    },
    /// A value where a section belongs.
    #[error("is a section, not a value")]
    Section,
    /// A value of the wrong type or out of bounds.
    #[error("expected {expected}{}", .found.as_ref().map(|found| format!(", found {found}")).unwrap_or_default())]
    Expected {
        /// What would be right.
        expected: String,
        /// What stands there; `None` for secrets.
        found: Option<String>,
    },
    /// The sandbox was asked for beyond loopback.
    #[error("the sandbox is for loopback only, but {listener} is {address}")]
    SandboxBeyondLoopback {
        /// Key of the listener.
        listener: &'static str,
        /// Where it listens.
        address: SocketAddr,
    },
    /// A virtual clock without a sandbox.
    #[error("the virtual clock needs the sandbox (sandbox.enabled)")]
    VirtualClockBeyondSandbox,
    /// No master key outside the sandbox.
    #[error(
        "outside the sandbox set data.master_key_file or data.master_key; `kycd keys init` makes a key file"
    )]
    MasterKeyMissing,
    /// Two master keys.
    #[error("data.master_key_file and data.master_key are both given; keep one")]
    MasterKeyTwice,
    /// No default file for the master key.
    #[error("has no default beside data.dir {dir:?}; set it")]
    MasterKeyFileUnnamed {
        /// `data.dir`, which has no name of its own.
        dir: PathBuf,
    },
    /// `corepass.chain = "rpc"`.
    #[error("\"rpc\" is not supported by this version yet; expected sandbox")]
    ChainUnsupported,
    /// `CorePass` for everybody.
    #[error(
        "needed because {listen} is not loopback and serves CorePass; or set server.allow_unauthenticated = true"
    )]
    Unauthenticated {
        /// The public listener.
        listen: SocketAddr,
    },
    /// No key for the chosen scheme outside the sandbox.
    #[error("needed outside the sandbox for corepass.signature_scheme {}; `kycd keys corepass` makes one", .scheme.word())]
    SigningKeyMissing {
        /// The scheme.
        scheme: SignatureScheme,
    },
    /// A key of Stellar's without a default outside the sandbox.
    #[error("needed outside the sandbox when any stellar key is given")]
    NeededByStellar,
    /// A key of Taler's without a default outside the sandbox.
    #[error("needed outside the sandbox when any taler key is given")]
    NeededByTaler,
    /// A key of the Neuron's without a default outside the sandbox.
    #[error("needed outside the sandbox when any neuro key is given")]
    NeededByNeuro,
    /// No domain, and nothing it could be taken from.
    #[error("needed outside the sandbox when any neuro key is given; or set server.public_url")]
    DomainUnknown,
    /// A profile that cannot be.
    #[error("{0}")]
    Profile(crate::neuro::onboarding::profile::Unfit),
    /// Too many profiles.
    #[error("more than {max} profiles")]
    TooManyProfiles {
        /// The bound.
        max: usize,
    },
    /// A default profile that is not there.
    #[error("there is no profile {name:?}")]
    UnknownProfile {
        /// Its name.
        name: String,
    },
    /// A key without which the provider cannot be asked.
    #[error("needed for taler.kyc_mode = \"oauth2\" with a real provider")]
    NeededByOAuth2,
    /// No Horizon server, and not said that there is none.
    #[error("needed to look signers up; or set stellar.master_key_only = true")]
    SignersUnknown,
    /// A type of customers that cannot be.
    #[error("{0}")]
    Type(crate::stellar::types::Unfit),
    /// A type with codes where nobody sends them.
    #[error(
        "verify needs somebody who sends the codes: so far that is the sandbox, with stellar.verification = true"
    )]
    NoSenderOfCodes,
    /// Too many types of customers.
    #[error("more than {max} types")]
    TooManyTypes {
        /// The bound.
        max: usize,
    },
    /// A default type that is not there.
    #[error("there is no type {name:?}")]
    UnknownType {
        /// Its name.
        name: String,
    },
    /// A name of a provider that fits in no path.
    #[error("expected a name of 1 to 64 letters, digits, - and _")]
    ProviderName,
    /// A provider without its other half.
    #[error("needs a {missing}")]
    ProviderHalf {
        /// `url` or `secret`.
        missing: &'static str,
    },
    /// Somebody is asked who is not there.
    #[error("there is no provider {name:?}; set providers.{name}.url and providers.{name}.secret")]
    UnknownProvider {
        /// Its name.
        name: String,
    },
    /// A wait that would end beyond the calendar.
    #[error("entry {entry} waits longer than {years_max} years")]
    WaitTooLong {
        /// Counted from 1.
        entry: usize,
        /// The bound.
        years_max: i64,
    },
}
