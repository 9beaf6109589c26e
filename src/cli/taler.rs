//! `kycd taler register|third-parties`

use std::io::Write;

use clap::{Args, Subcommand};
use hyper::Method;
use serde_json::{Value, json};

use super::{Common, block_on, by, client};

/// Accounts and third parties of the GNU Taler exchange.
#[derive(Args)]
#[command(
    after_help = "Example: kycd taler third-parties admit --name \"Bank A\" --key 8GSJZ649T2PXMKZC01Y4ANNBE7MF14QVK9SQEC4E46ZHKCVG8AS0"
)]
pub struct Taler {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand)]
enum Sub {
    /// Print the row number of an account; it gets one if it has none
    Register {
        #[command(flatten)]
        of: Of,
        /// The account, for example `payto://iban/DE…?receiver-name=…`
        #[arg(value_name = "PAYTO")]
        payto: String,
    },
    /// Say who may upload documents with kyc-bulk
    ThirdParties {
        #[command(subcommand)]
        command: ThirdParties,
    },
}

#[derive(Subcommand)]
enum ThirdParties {
    /// List them
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Let one upload, or give it another name
    Admit {
        #[command(flatten)]
        of: Of,
        /// What to call it
        #[arg(long)]
        name: String,
        /// Its Ed25519 public key, 52 characters of Crockford base32
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Who asks; default: the user name of this session
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
    /// Let one upload no more; what it uploaded stays
    Dismiss {
        #[command(flatten)]
        of: Of,
        /// Its public key
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Who asks; default: the user name of this session
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

#[derive(Args)]
struct Of {
    #[command(flatten)]
    common: Common,
    /// As JSON
    #[arg(long)]
    json: bool,
}

const THIRD_PARTIES: &str = "/taler/third-parties";

impl Taler {
    pub fn run(self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match self.command {
            Sub::Register { of, payto } => {
                let body = json!({ "payto_uri": payto });
                let known = of.ask(Method::POST, "/taler/payment-targets", &body)?;
                if of.json {
                    writeln!(out, "{known}")?;
                } else {
                    writeln!(out, "number   {}", known["payment_target_uuid"])?;
                    writeln!(out, "h_payto  {}", known["h_payto"].as_str().unwrap_or_default())?;
                }
            }
            Sub::ThirdParties { command } => command.run(&mut out)?,
        }
        Ok(())
    }
}

impl ThirdParties {
    fn run(self, out: &mut impl Write) -> anyhow::Result<()> {
        match self {
            Self::List { of } => {
                let all = of.ask(Method::GET, THIRD_PARTIES, &Value::Null)?;
                if of.json {
                    writeln!(out, "{all}")?;
                    return Ok(());
                }
                for party in all.as_array().into_iter().flatten() {
                    let text = |name: &str| party[name].as_str().unwrap_or_default().to_owned();
                    writeln!(out, "{}  {}", text("public_key"), text("name"))?;
                }
            }
            Self::Admit { of, name, key, by: who } => {
                let body = json!({ "name": name, "public_key": key, "by": by(who.as_deref()) });
                let admitted = of.ask(Method::POST, THIRD_PARTIES, &body)?;
                writeln!(
                    out,
                    "{}",
                    if of.json { admitted.to_string() } else { "admitted".into() }
                )?;
            }
            Self::Dismiss { of, key, by: who } => {
                let who: String =
                    url::form_urlencoded::byte_serialize(by(who.as_deref()).as_bytes()).collect();
                let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
                let path = format!("{THIRD_PARTIES}/{key}?by={who}");
                of.ask(Method::DELETE, &path, &Value::Null)?;
                writeln!(out, "{}", if of.json { "{\"dismissed\":true}" } else { "dismissed" })?;
            }
        }
        Ok(())
    }
}

impl Of {
    fn ask(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let config = self.common.load(Vec::new())?;
        block_on(client::call(&config, method, path, body))
    }
}
