//! The key that signs checkpoints, and the name of the log: from the configuration, or generated
//! once and kept beside the master key.

use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use kyc_events::note::Verifier;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::vault::MasterKeys;

/// See the module.
pub struct Seal {
    /// Signs.
    pub key: SigningKey,
    /// Name of a log that was never restored.
    pub origin: String,
}

impl Seal {
    /// Reads or makes them.
    pub fn load(config: &Config, master: &mut MasterKeys) -> anyhow::Result<Self> {
        let hex = match &config.audit.key_file {
            Some(file) => std::fs::read_to_string(file)
                .map(Zeroizing::new)
                .with_context(|| format!("audit.key_file: cannot read {}", file.display()))?,
            None => master.generated::<32>("audit_ed25519", |_| {})?,
        };
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(hex.trim(), seed.as_mut_slice())
            .context("audit.key_file: not 64 hexadecimal digits")?;
        let origin = match &config.audit.origin {
            Some(origin) => origin.clone(),
            None => format!("kycd/{}", *master.generated::<8>("audit_origin", |_| {})?),
        };
        Ok(Self { key: SigningKey::from_bytes(&seed), origin })
    }

    /// The public key, as auditors get it.
    pub fn verifier(&self) -> anyhow::Result<Verifier> {
        Verifier::new(&self.origin, self.key.verifying_key()).context("audit.origin")
    }
}
