//! Judging who signed a challenge.
//!
//! Every signature has to be somebody's: the client domain's, or a signer's of the account, each at
//! most once. A signature too many refuses the whole, as the protocol wants it.

use super::{Challenge, Refused};
use crate::stellar::account::AccountKey;
use crate::stellar::signing_key::verify;

/// Who may sign for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authority {
    /// The account does not exist, or nobody asked: its own key.
    MasterKey,
    /// It exists.
    Signers {
        /// The weight needed, 0 to 255.
        medium_threshold: u32,
        /// Its ed25519 signers and their weights; one with weight 0 is none.
        signers: Vec<(AccountKey, u32)>,
    },
}

impl Challenge {
    /// Whether the client, and its domain if it named one, signed with enough weight.
    pub fn check_signatures(&self, authority: &Authority) -> Result<(), Refused> {
        let (medium_threshold, mut candidates) = self.candidates(authority);
        let mut client_domain = self.client_domain_key;
        // At least one signer, even where the threshold asks for none.
        let mut weight: Option<u32> = None;
        for one in &self.signatures {
            let is_of = |key: &AccountKey| {
                one.hint.0 == key.hint() && verify(key, &self.hash, &one.signature)
            };
            if client_domain.as_ref().is_some_and(is_of) {
                client_domain = None;
                continue;
            }
            let at = candidates.iter().position(|(key, _)| is_of(key));
            let (_, more) = candidates.swap_remove(at.ok_or(Refused::UnknownSignature)?);
            weight = Some(weight.unwrap_or(0).saturating_add(more));
        }
        match weight {
            None => Err(Refused::ClientSignature),
            Some(_) if client_domain.is_some() => Err(Refused::ClientDomainSignature),
            Some(weight) if weight < medium_threshold => Err(Refused::Weight),
            Some(_) => Ok(()),
        }
    }

    /// Whether anybody but us signed. If not, there is no need to ask who may.
    pub fn is_signed(&self) -> bool {
        !self.signatures.is_empty()
    }

    /// The weight needed and who can give it: each once, and neither we nor the client's domain,
    /// whose signatures say something else.
    fn candidates(&self, authority: &Authority) -> (u32, Vec<(AccountKey, u32)>) {
        let (threshold, signers) = match authority {
            Authority::MasterKey => (1, vec![(self.client_key, 1)]),
            Authority::Signers { medium_threshold, signers } => {
                (*medium_threshold, signers.clone())
            }
        };
        let mut candidates: Vec<(AccountKey, u32)> = Vec::new();
        for (key, weight) in signers {
            let is_other = key == self.server || Some(key) == self.client_domain_key;
            let is_known = candidates.iter().any(|(known, _)| *known == key);
            if weight > 0 && !is_other && !is_known {
                candidates.push((key, weight));
            }
        }
        (threshold, candidates)
    }
}
