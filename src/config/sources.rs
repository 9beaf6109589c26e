//! Where settings come from, as texts. Only [`Sources::from_process`] touches the process.

use std::path::{Path, PathBuf};

/// Names of environment variables that are looked at; all others are never read.
const PREFIXES: [&str; 2] = ["KYCD_", "NATS_CALLBACK_"];
/// Of ours, but for the test suite.
const OF_TESTS: &str = "KYCD_REQUIRE_";

/// The raw texts of one configuration. `Debug` shows names only: the values may be secrets.
#[derive(Clone, Default)]
pub struct Sources {
    /// The TOML file: its name as errors show it, and its text.
    pub file: Option<(String, String)>,
    /// Environment variables: name and value. Of two with the same name the last counts.
    pub env: Vec<(String, String)>,
    /// Command-line settings: dotted key (`server.listen`) and value. Of two with the same key the last counts.
    pub flags: Vec<(String, String)>,
}

/// A source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    /// The file is missing, unreadable or not UTF-8.
    #[error("{}: {error}", path.display())]
    File {
        /// As given on the command line.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// A variable of ours holds bytes that are not UTF-8.
    #[error("environment {name}: not UTF-8")]
    Environment {
        /// The variable's name.
        name: String,
    },
}

impl Sources {
    /// Reads the file, when one is given, and the variables of this process whose names start as ours do.
    pub fn from_process(
        path: Option<&Path>,
        flags: Vec<(String, String)>,
    ) -> Result<Self, SourcesError> {
        let file = match path {
            None => None,
            Some(path) => match std::fs::read_to_string(path) {
                Ok(text) => Some((path.display().to_string(), text)),
                Err(error) => return Err(SourcesError::File { path: path.to_owned(), error }),
            },
        };
        let mut env = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| {
                PREFIXES.iter().any(|ours| name.starts_with(ours)) && !name.starts_with(OF_TESTS)
            }) else {
                continue;
            };
            let value = value
                .into_string()
                .map_err(|_| SourcesError::Environment { name: name.to_owned() })?;
            env.push((name.to_owned(), value));
        }
        env.sort();
        Ok(Self { file, env, flags })
    }

    /// Sources of a test: a file `kycd.toml` with this text, variables and flags.
    #[cfg(test)]
    pub(crate) fn of(file: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Self {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        Self {
            file: Some(("kycd.toml".to_owned(), file.to_owned())),
            env: owned(env),
            flags: owned(flags),
        }
    }
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |pairs: &[(String, String)]| {
            pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        f.debug_struct("Sources")
            .field("file", &self.file.as_ref().map(|(name, _)| name))
            .field("env", &names(&self.env))
            .field("flags", &names(&self.flags))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_file_is_named() {
        let error = Sources::from_process(Some(Path::new("no-such-dir/kycd.toml")), Vec::new())
            .expect_err("missing");
        assert!(error.to_string().starts_with("no-such-dir/kycd.toml: "), "{error}");
    }
}
