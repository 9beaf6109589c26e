//! The key that signs checkpoints, and the name of the log: from the configuration, or generated
//! once and kept beside the master key.

use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use kyc_events::note::Verifier;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::vault::MasterKeys;

const KEY: &str = "audit_ed25519";
const ORIGIN: &str = "audit_origin";

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
            None => master.generated::<32>(KEY, |_| {})?,
        };
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(hex.trim(), seed.as_mut_slice())
            .context("audit.key_file: not 64 hexadecimal digits")?;
        let origin = match &config.audit.origin {
            Some(origin) => origin.clone(),
            None => format!("kycd/{}", *master.generated::<8>(ORIGIN, |_| {})?),
        };
        Ok(Self { key: SigningKey::from_bytes(&seed), origin })
    }

    /// Reads them; it is an error if they would have to be made.
    pub fn kept(config: &Config, master: &mut MasterKeys) -> anyhow::Result<Self> {
        let made = |given: bool, name| given || master.has(name);
        let there = made(config.audit.key_file.is_some(), KEY)
            && made(config.audit.origin.is_some(), ORIGIN);
        anyhow::ensure!(there, "the key file has no key that signed a log; is it another one's?");
        Self::load(config, master)
    }

    /// The public key, as auditors get it.
    pub fn verifier(&self) -> anyhow::Result<Verifier> {
        Verifier::new(&self.origin, self.key.verifying_key()).context("audit.origin")
    }
}
