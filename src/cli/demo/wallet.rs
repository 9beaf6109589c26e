//! A simulated CorePass app: one user with an Ed448 key, some data, and peppers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::corepass::core_id::{CoreId, Network};
use crate::corepass::field::Field;
use crate::corepass::signed::{AcceptBody, Info, TransmitBody};
use crate::signing::ed448::PrivateKey;
use crate::signing::sha3_256;

/// One user's app.
pub struct Wallet {
    key: PrivateKey,
    /// The user's Core ID.
    pub user: CoreId,
    /// The user's data, as it was verified.
    pub infos: Vec<Info>,
}

/// Characters of a pepper's random part, as in the documentation's samples.
const PEPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&%*@";

impl Wallet {
    /// A new user with this data.
    pub fn new(data: &[(&str, &str)]) -> anyhow::Result<Self> {
        let key = PrivateKey::generate(random()?);
        let user = CoreId::from_public_key(&key.public().to_bytes(), Network::Devin);
        let prefix: Vec<u8> =
            random::<49>()?.iter().map(|byte| PEPPER[usize::from(*byte) % PEPPER.len()]).collect();
        let infos = data
            .iter()
            .filter_map(|(name, value)| {
                let field = Field::from_name(name)?;
                let pepper = [&prefix, user.raw().as_slice(), name.as_bytes()].concat();
                Some(Info { field, value: (*value).to_owned(), pepper: hex::encode(pepper) })
            })
            .collect();
        Ok(Self { key, user, infos })
    }

    /// Names of the fields.
    pub fn items(&self) -> Vec<&'static str> {
        self.infos.iter().map(|info| info.field.name()).collect()
    }

    /// The body of `accept`.
    pub fn accept(&self, id: &str, deadline: i64) -> Value {
        let user = self.user.clone();
        let body = AcceptBody {
            id: id.to_owned(),
            user,
            deadline,
            provider_cheque: None,
            provider_signature: None,
        };
        let signature = self.sign(&body.message());
        json!({ "id": id, "user": self.user, "deadline": deadline, "signature": signature })
    }

    /// The body of `transmit`.
    pub fn transmit(&self, id: &str, infos: Vec<Info>, deadline: i64) -> Value {
        let user = self.user.clone();
        let body = TransmitBody { id: id.to_owned(), user, infos, deadline };
        let signature = self.sign(&body.message());
        json!({
            "id": id, "user": self.user, "infos": body.infos, "deadline": deadline,
            "signature": signature,
        })
    }

    fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(self.key.sign_attached(&sha3_256(message)))
    }
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(bytes)
}
