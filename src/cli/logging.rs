//! Logs go to standard error, as text or JSON lines.

use tracing_subscriber::EnvFilter;

use crate::config::Log;
use crate::config::log::LogFormat;

/// Starts logging. A filter that does not parse falls back to `info`.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, as in a test, keeps the first.
    let _ = match log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
