//! A client of the Agent API, in JSON or XML each way.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{DOMAIN, header};
use crate::harness::{Answer, Server, call};

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Xml,
}

use Format::{Json, Xml};

/// What is sent and what is asked for.
pub const ALL: [(Format, Format); 4] = [(Json, Json), (Json, Xml), (Xml, Json), (Xml, Xml)];

impl Format {
    fn content_type(self) -> &'static str {
        match self {
            Json => "application/json",
            Xml => "text/xml",
        }
    }
}

/// One member of a request.
#[derive(Clone)]
pub enum Member {
    Text(String),
    Whole(u64),
    Pairs(Vec<(String, String)>),
}

impl From<&str> for Member {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Member {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Member {
    fn from(number: u64) -> Self {
        Self::Whole(number)
    }
}

/// Names and values of a request.
pub type Members = Vec<(&'static str, Member)>;

/// HMAC-SHA256 in base64.
pub fn hmac(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// What accounts are made with.
pub struct ApiKey {
    pub key: String,
    pub secret: String,
}

impl ApiKey {
    pub fn make(server: &Server, quota: u64) -> Self {
        let answer = server.ask("POST", "/neuro/api-keys", &json!({ "quota": quota }));
        assert_eq!(answer.status, 201, "{answer:?}");
        let text = |name: &str| answer.json()[name].as_str().expect("a text").to_owned();
        Self { key: text("api_key"), secret: text("secret") }
    }
}

/// Somebody with an account.
pub struct Client {
    pub user: String,
    pub password: String,
    pub key_password: String,
    pub e_mail: String,
    pub key_id: String,
    pub algorithm: &'static str,
    pub formats: (Format, Format),
    pub token: String,
    nonces: Cell<u32>,
}

impl Client {
    pub fn new(user: &str, formats: (Format, Format)) -> Self {
        Self {
            user: user.to_owned(),
            password: format!("account password of {user}"),
            key_password: "correct horse battery staple".to_owned(),
            e_mail: format!("{user}@example.org"),
            key_id: "KycKey1".to_owned(),
            algorithm: "ed25519",
            formats,
            token: String::new(),
            nonces: Cell::new(0),
        }
    }

    /// With an account that is enabled, a token and a key.
    pub fn ready(server: &Server, user: &str, formats: (Format, Format)) -> Self {
        let mut client = Self::new(user, formats);
        client.create(server, &ApiKey::make(server, 10));
        client.verify(server);
        client.login(server);
        client.create_key(server);
        client
    }

    pub fn nonce(&self) -> String {
        self.nonces.set(self.nonces.get() + 1);
        format!("{:0>20}-{:->24}", self.nonces.get(), self.user)
    }

    /// Posts to `/Agent/…`, with the token if there is one.
    pub fn post(&self, server: &Server, resource: &str, members: &Members) -> Answer {
        let (sent, wanted) = self.formats;
        let body = match sent {
            Json => json_of(members).to_string(),
            Xml => xml_of(resource, members),
        };
        let mut headers = vec![
            format!("Host: {DOMAIN}"),
            format!("Content-Type: {}", sent.content_type()),
            format!("Accept: {}", wanted.content_type()),
            "Referer: https://app.example/apply".to_owned(),
        ];
        if !self.token.is_empty() {
            headers.push(format!("Authorization: Bearer {}", self.token));
        }
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let path = format!("/Agent/{resource}");
        let answer = call(&server.public, "POST", &path, &headers, body.as_bytes());
        let content_type = header(&answer, "Content-Type");
        if answer.status == 200 {
            assert!(content_type.starts_with(wanted.content_type()), "{answer:?}");
        } else {
            assert_eq!(content_type, "text/plain; charset=utf-8", "{answer:?}");
        }
        answer
    }

    /// The same, which must work.
    pub fn good(&self, server: &Server, resource: &str, members: &Members) -> Answer {
        let answer = self.post(server, resource, members);
        assert_eq!(answer.status, 200, "{resource}: {answer:?}");
        answer
    }

    /// A scalar of an answer at its top, as text.
    pub fn scalar(&self, answer: &Answer, name: &str) -> String {
        match self.formats.1 {
            Json => match &answer.json()[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
            Xml => attribute(&answer.text, name).to_owned(),
        }
    }

    pub fn registration(&self, api_key: &ApiKey) -> Members {
        let nonce = self.nonce();
        let text = [&self.user, DOMAIN, &self.e_mail, &self.password, &api_key.key, &nonce];
        let signature = hmac(&api_key.secret, &text.join(":"));
        vec![
            ("userName", self.user.clone().into()),
            ("eMail", self.e_mail.clone().into()),
            ("phoneNr", "".into()),
            ("password", self.password.clone().into()),
            ("apiKey", api_key.key.clone().into()),
            ("nonce", nonce.into()),
            ("signature", signature.into()),
            ("seconds", 3600.into()),
        ]
    }

    pub fn create(&mut self, server: &Server, api_key: &ApiKey) -> Answer {
        let answer = self.good(server, "Account/Create", &self.registration(api_key));
        self.token = self.scalar(&answer, "jwt");
        answer
    }

    /// The code that would have been sent.
    pub fn code(&self, server: &Server) -> String {
        let path = format!("/sandbox/codes?to={}", self.e_mail);
        let codes = server.ask("GET", &path, &Value::Null).json();
        codes[0]["code"].as_str().unwrap_or_else(|| panic!("a code in {codes}")).to_owned()
    }

    pub fn verify(&self, server: &Server) -> Answer {
        let members =
            vec![("eMail", self.e_mail.clone().into()), ("code", self.code(server).into())];
        self.good(server, "Account/VerifyEMail", &members)
    }

    pub fn login_request(&self) -> Members {
        let nonce = self.nonce();
        let signature = hmac(&self.password, &[&self.user, DOMAIN, &nonce].join(":"));
        vec![
            ("userName", self.user.clone().into()),
            ("nonce", nonce.into()),
            ("signature", signature.into()),
            ("seconds", 3600.into()),
        ]
    }

    pub fn login(&mut self, server: &Server) -> Answer {
        let answer = self.good(server, "Account/Login", &self.login_request());
        self.token = self.scalar(&answer, "jwt");
        answer
    }

    /// What every request with a key begins with, then `tail` in the signature.
    pub fn signed(&self, key_name: &'static str, tail: &[&str]) -> Members {
        let nonce = self.nonce();
        let namespace = "urn:nf:iot:e2e:1.0";
        let scope = [&self.user, DOMAIN, self.algorithm, namespace, &self.key_id].join(":");
        let key_signature = hmac(&self.key_password, &scope);
        let text = [&[scope.as_str(), &key_signature, &nonce], tail].concat().join(":");
        vec![
            (key_name, self.key_id.clone().into()),
            ("nonce", nonce.into()),
            ("keySignature", key_signature.into()),
            ("requestSignature", hmac(&self.password, &text).into()),
        ]
    }

    pub fn create_key(&self, server: &Server) -> Answer {
        let mut members = self.signed("id", &[]);
        members.push(("localName", self.algorithm.into()));
        members.push(("namespace", "urn:nf:iot:e2e:1.0".into()));
        self.good(server, "Crypto/CreateKey", &members)
    }

    pub fn application(&self, properties: &[(&str, &str)]) -> Members {
        let tail: Vec<&str> = properties.iter().flat_map(|(name, value)| [*name, *value]).collect();
        let mut members = self.signed("keyId", &tail);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        members.push(("Properties", Member::Pairs(properties.iter().map(owned).collect())));
        members
    }

    /// Applies; answers the id.
    pub fn apply(&self, server: &Server, properties: &[(&str, &str)]) -> String {
        let answer = self.good(server, "Legal/ApplyId", &self.application(properties));
        self.legal_id(&answer)
    }

    pub fn attachment(&self, legal_id: &str, bytes: &[u8], name: &str, kind: &str) -> Members {
        let base64 = STANDARD.encode(bytes);
        let mut members = self.signed("keyId", &[&base64, name, kind, legal_id]);
        members.push(("legalId", legal_id.into()));
        members.push(("attachmentBase64", base64.into()));
        members.push(("attachmentFileName", name.into()));
        members.push(("attachmentContentType", kind.into()));
        members
    }

    pub fn ready_request(&self, legal_id: &str) -> Members {
        let mut members = self.signed("keyId", &[legal_id]);
        members.push(("legalId", legal_id.into()));
        members
    }

    /// Says that everything was sent; answers how the identity stands.
    pub fn ready_for_approval(&self, server: &Server, legal_id: &str) -> String {
        let answer = self.good(server, "Legal/ReadyForApproval", &self.ready_request(legal_id));
        self.state_in(&answer)
    }

    pub fn state(&self, server: &Server, legal_id: &str) -> String {
        let answer = self.good(server, "Legal/GetIdentity", &vec![("legalId", legal_id.into())]);
        self.state_in(&answer)
    }

    pub fn legal_id(&self, answer: &Answer) -> String {
        match self.formats.1 {
            Json => answer.json()["Identity"]["id"].as_str().expect("an id").to_owned(),
            Xml => attribute(after(&answer.text, "<identity "), "id").to_owned(),
        }
    }

    pub fn state_in(&self, answer: &Answer) -> String {
        match self.formats.1 {
            Json => {
                answer.json()["Identity"]["status"]["state"].as_str().expect("a state").to_owned()
            }
            Xml => attribute(after(&answer.text, "<status "), "state").to_owned(),
        }
    }

    /// Takes all messages; answers what each is about, and its text.
    pub fn pop(&self, server: &Server) -> Vec<(String, String)> {
        let answer = self.good(server, "Xmpp/PopMessages", &vec![("maxCount", 100.into())]);
        match self.formats.1 {
            Json => {
                let answer = answer.json();
                let messages = answer["Messages"].as_array().expect("a list").iter();
                let told = messages.map(|message| {
                    let name = message["Content"][0]["__name"].as_str().expect("a name");
                    (name.to_owned(), message["Content"].to_string())
                });
                told.collect()
            }
            Xml => {
                let messages = answer.text.split("<Message ").skip(1);
                let told = messages.map(|message| {
                    let content = message.split_once('>').expect("an element").1;
                    let name = content.trim_start_matches('<').split([' ', '>', '/']).next();
                    (name.unwrap_or_default().to_owned(), content.to_owned())
                });
                told.collect()
            }
        }
    }
}

/// Four claims that nothing speaks against, and the verified address.
pub fn claims(client: &Client, pnr: &'static str) -> Vec<(&'static str, String)> {
    vec![
        ("FIRST", "Alice".to_owned()),
        ("LAST", "Ångström & Co".to_owned()),
        ("PNR", pnr.to_owned()),
        ("COUNTRY", "SE".to_owned()),
        ("EMAIL", client.e_mail.clone()),
    ]
}

/// As [`Client::apply`] takes them.
pub fn borrowed<'a>(claims: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    claims.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

pub fn json_of(members: &Members) -> Value {
    let value = |member: &Member| match member {
        Member::Text(text) => json!(text),
        Member::Whole(number) => json!(number),
        Member::Pairs(pairs) => {
            let pair = |(name, value): &(String, String)| json!({ "name": name, "value": value });
            pairs.iter().map(pair).collect()
        }
    };
    let map: Map<String, Value> =
        members.iter().map(|(name, member)| ((*name).to_owned(), value(member))).collect();
    Value::Object(map)
}

fn xml_of(resource: &str, members: &Members) -> String {
    let root = match resource {
        "Account/Create" => "CreateAccount",
        "Account/Info" => "GetAccountInfo",
        other => other.rsplit('/').next().expect("a name"),
    };
    let (mut attributes, mut children) = (Vec::new(), Vec::new());
    for (name, member) in members {
        match member {
            Member::Text(text) => attributes.push(format!(" {name}=\"{}\"", escaped(text))),
            Member::Whole(number) => attributes.push(format!(" {name}=\"{number}\"")),
            Member::Pairs(pairs) => {
                let pair = |(name, value): &(String, String)| {
                    format!("<Property name=\"{}\" value=\"{}\"/>", escaped(name), escaped(value))
                };
                let pairs: Vec<String> = pairs.iter().map(pair).collect();
                children.push(format!("<{name}>{}</{name}>", pairs.concat()));
            }
        }
    }
    let namespace = "https://waher.se/Schema/BrokerAgent.xsd";
    let (attributes, children) = (attributes.concat(), children.concat());
    format!("<{root} xmlns=\"{namespace}\"{attributes}>{children}</{root}>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).unwrap_or_else(|| panic!("{mark} in {text}")).1
}

/// The first attribute of this name.
pub fn attribute<'a>(text: &'a str, name: &str) -> &'a str {
    let text = text
        .strip_prefix(&format!("{name}=\""))
        .unwrap_or_else(|| after(text, &format!(" {name}=\"")));
    text.split('"').next().expect("a value")
}
