//! The Agent API under load: people who log in, and identities that are said to be complete and are
//! approved at once; beside an empty actix-web handler and a bare sync of the same disk in the same
//! run. And what bombs cost the reader of XML.
//!
//! ```sh
//! cargo bench --bench neuro                  # all of it
//! cargo bench --bench neuro -- load          # or: bombs
//! KYCD_REQUIRE_IDENTITIES=20000 cargo bench --bench neuro
//! ```
//!
//! The driver is this process; what it drives are its children, over loopback and on the same
//! cores. Everything is signed before the clock starts. Everybody has an account, a key, a valid
//! personal number and an identity of their own, so nobody is a duplicate and each ends approved,
//! which is looked up afterwards. Every count is fixed, so the run ends; it does nothing unless
//! `cargo bench` starts it.

mod baseline;
mod bombs;
mod client;
mod load;
mod process;
mod servers;

use std::path::Path;
use std::thread;

use anyhow::Context as _;
use baseline::Baseline;
use client::{Connection, request};
use kycd::neuro::key::NAMESPACE;
use kycd::neuro::name::{KeyId, UserName};
use kycd::neuro::pnr;
use kycd::neuro::signature::{KeyScope, Registration, Signature, login};
use load::{in_turn, show};
use process::{cpu_seconds, memory_mib};
use serde_json::{Value, json};
use servers::Server;
use uuid::Uuid;

/// Also the header `Host` of every request.
const DOMAIN: &str = "bench";
const ALGORITHM: &str = "ed25519";
/// Requests one after the other, in turn with syncs to compare them with.
const SINGLES: usize = 300;
/// Logins for each identity that is made ready.
const LOGINS: usize = 10;
/// About what a login writes.
const LOGIN_BYTES: usize = 300;
/// Who makes the accounts and applies.
const PREPARING: usize = 16;
const YEAR: i32 = 2026;
/// How often each bomb goes off; the best counts.
const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_named = |name: &str| arguments.iter().any(|argument| argument == name);
    if is_named(servers::EMPTY) {
        return servers::serve_empty();
    }
    if !is_named("--bench") {
        println!("nothing is measured without --bench");
        return Ok(());
    }
    if !is_named("load") {
        go_off();
    }
    if !is_named("bombs") {
        throughput()?;
    }
    Ok(())
}

fn go_off() {
    println!("{} KiB of XML unless it says something else", bombs::BOMB_BYTES / 1024);
    for (name, text) in bombs::all() {
        let (took, said) = bombs::measure(&text, ROUNDS);
        println!("{name:<34} {:>7.1} ms   {said}", took.as_secs_f64() * 1e3);
    }
}

fn throughput() -> anyhow::Result<()> {
    let asked = std::env::var("KYCD_REQUIRE_IDENTITIES").ok();
    let most: usize = asked.map_or(Ok(2_000), |number| number.parse())?;
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (empty_server, (kycd, data)) = (Server::empty()?, start(home.path())?);
    let (empty, public) = (empty_server.address("public")?, kycd.address("public")?);
    let people = prepare(&kycd, &data, SINGLES + most / 5 + most)?;
    let ids: Vec<Vec<u8>> = people.iter().map(Person::ready_for_approval).collect();
    let logins = |count: usize| -> Vec<Vec<u8>> {
        people.iter().cycle().take(count).map(Person::login).collect()
    };
    println!("{:<24} {:>10}   {:>9} {:>9} {:>9}", "", "requests/s", "p50", "p99", "p99.9");
    let mut file = Baseline::create(home.path())?;
    let (singles, mut rest) = ids.split_at(SINGLES);
    for (name, requests) in
        [("Login, one by one", &logins(SINGLES)[..]), ("Ready…, one by one", singles)]
    {
        let (syncs, calls) = in_turn(&mut file, LOGIN_BYTES, &public, requests)?;
        show("fdatasync, one by one", &syncs, None);
        show(name, &calls, None);
    }
    for (connections, count) in [(1, most / 5), (32, most)] {
        println!("{connections} connections");
        let ready;
        (ready, rest) = rest.split_at(count);
        for (name, requests) in
            [("Login", &logins(count * LOGINS)[..]), ("ReadyForApproval", ready)]
        {
            load::run(&empty, connections, requests.len(), requests)?;
            let reference = load::run(&empty, connections, requests.len(), requests)?;
            show("the same, empty handler", &reference, None);
            let worked = cpu_seconds(&kycd.child.id().to_string());
            let measured = load::run(&public, connections, requests.len(), requests)?;
            let worked = cpu_seconds(&kycd.child.id().to_string()) - worked;
            show(name, &measured, Some(&reference));
            let us = worked * 1e6 / requests.len() as f64;
            println!("{:<24} {us:>10.0} µs of the server's CPU each", "");
        }
    }
    let (now, most) = memory_mib(&kycd.child.id().to_string());
    let (approved, all) = (approved(&public, &people)?, people.len());
    println!("{approved} of {all} identities are approved; memory {now} MiB, {most} at most");
    Ok(())
}

fn start(home: &Path) -> anyhow::Result<(Server, std::path::PathBuf)> {
    let data = home.join("data");
    let server = Server::kycd(&data, &[("KYCD_NEURO__DOMAIN", DOMAIN)])?;
    server.address("public").context("the server does not start")?;
    Ok((server, data))
}

/// Somebody with an account, a key and an identity that they applied for.
struct Person {
    user: UserName,
    key: KeyId,
    token: String,
    legal_id: String,
}

/// What accounts are made with.
struct ApiKey {
    key: String,
    secret: String,
}

/// So many people, made by several threads.
fn prepare(kycd: &Server, data: &Path, count: usize) -> anyhow::Result<Vec<Person>> {
    let token = std::fs::read_to_string(data.join("operator.token"))?;
    let operator = format!("Authorization: Bearer {}\r\n", token.trim());
    let wanted = request("POST", "/neuro/api-keys", &operator, &json!({ "quota": count }));
    let (public, private) = (kycd.address("public")?, kycd.address("operator")?);
    let made = asked(&mut Connection::open(&private)?, &wanted)?;
    let api_key = ApiKey { key: text(&made, "/api_key")?, secret: text(&made, "/secret")? };
    let some = |first: usize| -> anyhow::Result<Vec<Person>> {
        let (mut public, mut private) = (Connection::open(&public)?, Connection::open(&private)?);
        let mut people = Vec::new();
        for number in (first..count).step_by(PREPARING) {
            let mut person = Person::create(&mut public, number, &api_key)?;
            let path = format!("/sandbox/codes?to={}", person.e_mail());
            let codes = asked(&mut private, &request("GET", &path, &operator, &Value::Null))?;
            person.apply(&mut public, number, &text(&codes, "/0/code")?)?;
            people.push(person);
        }
        Ok(people)
    };
    let parts: anyhow::Result<Vec<Vec<Person>>> = thread::scope(|scope| {
        let some = &some;
        let threads: Vec<_> =
            (0..PREPARING).map(|first| scope.spawn(move || some(first))).collect();
        let joined = threads.into_iter().map(|thread| thread.join().ok().context("a panic")?);
        joined.collect()
    });
    Ok(parts?.into_iter().flatten().collect())
}

/// How many of their identities are approved.
fn approved(public: &str, people: &[Person]) -> anyhow::Result<usize> {
    let mut connection = Connection::open(public)?;
    let mut approved = 0;
    for person in people {
        let get = person.post("Legal/GetIdentity", &json!({ "legalId": person.legal_id }));
        let identity = asked(&mut connection, &get)?;
        approved += usize::from(text(&identity, "/Identity/status/state")? == "Approved");
    }
    Ok(approved)
}

fn asked(connection: &mut Connection, request: &[u8]) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(connection.call(request)?)?)
}

fn text(answer: &Value, pointer: &str) -> anyhow::Result<String> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).with_context(|| format!("no {pointer} in {answer}"))
}

fn nonce() -> String {
    Uuid::new_v4().simple().to_string()
}

impl Person {
    /// With an account whose address is not verified yet.
    fn create(public: &mut Connection, number: usize, api_key: &ApiKey) -> anyhow::Result<Self> {
        let user = UserName::parse(&format!("user{number}"))?;
        let (key, token, legal_id) = (KeyId::parse("KycKey1")?, String::new(), String::new());
        let mut person = Self { user, key, token, legal_id };
        let (e_mail, password, nonce) = (person.e_mail(), person.password(), nonce());
        let registration = Registration {
            user: person.user.as_str(),
            host: DOMAIN,
            e_mail: &e_mail,
            phone_nr: None,
            password: &password,
            api_key: &api_key.key,
            nonce: &nonce,
        };
        let body = json!({
            "userName": person.user.as_str(),
            "eMail": e_mail,
            "password": password,
            "apiKey": api_key.key,
            "nonce": nonce,
            "signature": registration.text().sign(&api_key.secret).as_str(),
            "seconds": 3600,
        });
        person.token = text(&asked(public, &person.post("Account/Create", &body))?, "/jwt")?;
        Ok(person)
    }

    /// Verifies the address, makes a key, and applies with it.
    fn apply(&mut self, public: &mut Connection, number: usize, code: &str) -> anyhow::Result<()> {
        let verify = json!({ "eMail": self.e_mail(), "code": code });
        public.call(&self.post("Account/VerifyEMail", &verify))?;
        let password = self.password();
        let mut body =
            self.signed("id", |scope, key, nonce| scope.create_key(key, nonce).sign(&password));
        body["localName"] = json!(ALGORITHM);
        body["namespace"] = json!(NAMESPACE);
        public.call(&self.post("Crypto/CreateKey", &body))?;
        let properties = [
            ("FIRST", "Jane".to_owned()),
            ("LAST", "Doe".to_owned()),
            ("PNR", personal_number(number)?),
            ("COUNTRY", "SE".to_owned()),
            ("EMAIL", self.e_mail()),
        ];
        let pairs = properties.map(|(name, value)| (name.to_owned(), value));
        let mut body = self.signed("keyId", |scope, key, nonce| {
            scope.apply_id(key, nonce, &pairs).sign(&password)
        });
        let pair = |(name, value): &(String, String)| json!({ "name": name, "value": value });
        body["Properties"] = pairs.iter().map(pair).collect();
        self.legal_id = text(&asked(public, &self.post("Legal/ApplyId", &body))?, "/Identity/id")?;
        Ok(())
    }

    fn login(&self) -> Vec<u8> {
        let (user, nonce) = (self.user.as_str(), nonce());
        let signature = login(user, DOMAIN, &nonce).sign(&self.password());
        let body = json!({
            "userName": user,
            "nonce": nonce,
            "signature": signature.as_str(),
            "seconds": 3600,
        });
        request("POST", "/Agent/Account/Login", "", &body)
    }

    fn ready_for_approval(&self) -> Vec<u8> {
        let mut body = self.signed("keyId", |scope, key, nonce| {
            scope.ready_for_approval(key, nonce, &self.legal_id).sign(&self.password())
        });
        body["legalId"] = json!(self.legal_id);
        self.post("Legal/ReadyForApproval", &body)
    }

    /// What every request with a key has, signed; the key's name is called `key_name`.
    fn signed(
        &self,
        key_name: &str,
        sign: impl FnOnce(KeyScope<'_>, &Signature, &str) -> Signature,
    ) -> Value {
        let scope = KeyScope {
            user: &self.user,
            host: DOMAIN,
            local_name: ALGORITHM,
            namespace: NAMESPACE,
            key: &self.key,
        };
        let key_signature = scope.key_text().sign("correct horse battery staple");
        let nonce = nonce();
        let signature = sign(scope, &key_signature, &nonce);
        json!({
            key_name: self.key.as_str(),
            "nonce": nonce,
            "keySignature": key_signature.as_str(),
            "requestSignature": signature.as_str(),
        })
    }

    fn post(&self, resource: &str, body: &Value) -> Vec<u8> {
        let mut headers = "Referer: https://app.example/apply\r\n".to_owned();
        if !self.token.is_empty() {
            headers = format!("{headers}Authorization: Bearer {}\r\n", self.token);
        }
        request("POST", &format!("/Agent/{resource}"), &headers, body)
    }

    fn e_mail(&self) -> String {
        format!("{}@example.org", self.user)
    }

    fn password(&self) -> String {
        format!("account password of {}", self.user)
    }
}

/// A Swedish personal number of nobody else here.
fn personal_number(number: usize) -> anyhow::Result<String> {
    let (year, number) = (1930 + number % 70, number / 70);
    let (month, number) = (1 + number % 12, number / 12);
    let (day, serial) = (1 + number % 28, number / 28);
    let mut all = (0..10).map(|check| format!("{year}{month:02}{day:02}-{serial:03}{check}"));
    let is_one = |text: &String| pnr::can_be("SE", text, YEAR) == Some(true);
    all.find(is_one).context("one check digit is right")
}
