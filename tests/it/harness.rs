//! A server process with a virtual clock, a receiver that records, and a blocking HTTP client.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use kycd::cli::demo::wallet::Wallet;
use serde_json::{Value, json};

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running `kycd serve`.
pub struct Server {
    child: Child,
    pub public: String,
    pub operator: String,
    pub token: String,
    pub dir: PathBuf,
    config: String,
    started_s: i64,
    advanced_ms: AtomicI64,
    home: Arc<tempfile::TempDir>,
}

/// A task of a server that waits until this is dropped.
pub struct Hold(PathBuf);

impl Hold {
    /// Whether it is there and waits.
    pub fn holds(&self) -> bool {
        std::fs::read(&self.0).is_ok_and(|text| !text.is_empty())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON, not {self:?}"))
    }
}

impl Server {
    /// With a virtual clock and this configuration on top.
    pub fn start(more: &str) -> Self {
        let home = Arc::new(tempfile::tempdir().expect("a directory"));
        let sandbox =
            if more.contains("[sandbox]") { "" } else { "[sandbox]\nvirtual_clock = true\n" };
        Self::launch(home, format!("{sandbox}{more}"), now_s(), 0, ("", ""))
    }

    /// On what a stopped server left behind.
    pub fn on(home: Arc<tempfile::TempDir>) -> Self {
        let config = std::fs::read_to_string(home.path().join("kycd.toml")).expect("a file");
        Self::launch(home, config, now_s(), 0, ("", ""))
    }

    fn launch(
        home: Arc<tempfile::TempDir>,
        config: String,
        started_s: i64,
        advanced_ms: i64,
        (crash_at, hold_at): (&str, &str),
    ) -> Self {
        let file = home.path().join("kycd.toml");
        std::fs::write(&file, &config).expect("a configuration");
        let dir = home.path().join("data");
        let mut child = Command::new(env!("CARGO_BIN_EXE_kycd"))
            .args(["serve", "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"])
            .args(["--config".as_ref(), file.as_os_str(), "--data".as_ref(), dir.as_os_str()])
            .env("KYCD_LOG__LEVEL", "warn")
            .env("KYCD_REQUIRE_CRASH_AT", crash_at)
            .env("KYCD_REQUIRE_HOLD_AT", hold_at)
            .stdout(Stdio::piped())
            .spawn()
            .expect("kycd starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = |name: &str| {
            let at = line.find(name).unwrap_or_else(|| panic!("not ready: {line:?}")) + name.len();
            line[at..].split_whitespace().next().expect("an address").to_owned()
        };
        let (public, operator) = (address("public=http://"), address("operator=http://"));
        let token = std::fs::read_to_string(dir.join("operator.token")).expect("a token");
        let advanced_ms = AtomicI64::new(advanced_ms);
        Self { child, public, operator, token, dir, config, started_s, advanced_ms, home }
    }

    /// `kill -9`, then a new process on the same directory.
    pub fn crash(self) -> Self {
        self.crash_to("")
    }

    /// The same; the new process ends itself at this point of its code.
    pub fn crash_to(mut self, crash_at: &str) -> Self {
        self.child.kill().expect("killed");
        self.relaunch(crash_at)
    }

    /// SIGTERM; then, after something has been done in the directory that the data directory lies
    /// in, a new process.
    pub fn restart_after(mut self, between: impl FnOnce(&Path)) -> Self {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        self.child.wait().expect("gone");
        between(self.home.path());
        self.relaunch("")
    }

    /// `kill -9`; then, after something has been done in the data directory, a new process.
    pub fn crash_and(mut self, between: impl FnOnce(&Path)) -> Self {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
        between(&self.dir);
        self.relaunch("")
    }

    /// A new process, after a `kill -9`, whose task waits at this point of its code.
    pub fn crash_to_hold(mut self, name: &str) -> (Self, Hold) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
        let file = self.home.path().join("hold");
        std::fs::write(&file, "").expect("written");
        let hold_at = format!("{name}:{}", file.display());
        (self.relaunch_with("", &hold_at), Hold(file))
    }

    /// Waits until the process has ended itself, then starts a new one.
    pub fn after_its_crash(mut self) -> Self {
        self.relaunch("")
    }

    fn relaunch(&mut self, crash_at: &str) -> Self {
        self.relaunch_with(crash_at, "")
    }

    fn relaunch_with(&mut self, crash_at: &str, hold_at: &str) -> Self {
        self.child.wait().expect("gone");
        Self::launch(
            Arc::clone(&self.home),
            self.config.clone(),
            self.started_s,
            self.advanced_ms.load(Ordering::Relaxed),
            (crash_at, hold_at),
        )
    }

    /// SIGTERM; answers the directory, and how the process ended.
    pub fn stop_and_keep(mut self) -> (Arc<tempfile::TempDir>, std::process::ExitStatus) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        (Arc::clone(&self.home), self.child.wait().expect("gone"))
    }

    /// SIGTERM; answers how the process ended.
    pub fn terminate(self) -> std::process::ExitStatus {
        self.stop_and_keep().1
    }

    /// A call to the public listener.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        call(&self.public, "POST", path, &[], body.to_string().as_bytes())
    }

    /// A call to the operator's listener.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Authorization: Bearer {}", self.token);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        call(&self.operator, method, path, &[&bearer], body.as_bytes())
    }

    /// Moves the virtual clock.
    pub fn advance(&self, ms: i64) {
        let answer = self.ask("POST", "/sandbox/clock", &json!({ "advance_ms": ms }));
        assert_eq!(answer.status, 204, "{answer:?}");
        self.advanced_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Two minutes from the virtual now, unix seconds.
    pub fn deadline(&self) -> i64 {
        self.started_s + self.advanced_ms.load(Ordering::Relaxed) / 1000 + 120
    }

    /// Hex of the key that receivers pin.
    pub fn callback_key(&self) -> String {
        let out = self.command(&["keys", "corepass", "--json"]);
        let row: Value = serde_json::from_str(&out).expect("JSON");
        row["public_key"].as_str().expect("a key").to_owned()
    }

    /// What a `kycd` command prints about this server's data directory.
    pub fn command(&self, arguments: &[&str]) -> String {
        let out = self.run(arguments);
        let said =
            || String::from_utf8_lossy(&[&out.stdout[..], &out.stderr].concat()).into_owned();
        assert!(out.status.success(), "{arguments:?}: {}", said());
        String::from_utf8(out.stdout).expect("text")
    }

    /// A command that fails, on this server's data; answers what it says.
    pub fn failing_command(&self, arguments: &[&str]) -> String {
        let out = self.run(arguments);
        assert!(!out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
        String::from_utf8(out.stderr).expect("text")
    }

    /// Everything a command says, whether it fails or not.
    pub fn run_to_end(&self, arguments: &[&str]) -> String {
        let out = self.run(arguments);
        String::from_utf8([out.stdout, out.stderr].concat()).expect("text")
    }

    fn run(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_kycd"))
            .args(arguments)
            .arg("--data")
            .arg(&self.dir)
            .output()
            .expect("kycd runs")
    }

    /// Puts a wallet's data into the simulated vault.
    pub fn verify(&self, wallet: &Wallet) {
        let body = json!({ "user": wallet.user, "infos": wallet.infos });
        let answer = self.ask("POST", "/sandbox/corepass/vault", &body);
        assert_eq!(answer.status, 204, "{answer:?}");
    }

    /// Asks for a QR code (without the picture).
    pub fn order(&self, wallet: &Wallet, receiver: &Receiver) -> Answer {
        self.post("/api/v1/kyc/qrcode", &order(wallet, receiver))
    }

    /// All statuses, oldest first.
    pub fn statuses(&self, wallet: &Wallet) -> Vec<String> {
        let body = json!({ "user": wallet.user, "items": wallet.items() });
        let answer = self.post("/api/v1/kyc/all-statuses", &body);
        if answer.status == 404 {
            return Vec::new();
        }
        let answer = answer.json();
        let all = answer["AllStatuses"].as_array().expect("a list");
        all.iter().rev().map(|row| row["status"].as_str().expect("a word").to_owned()).collect()
    }

    /// Waits, moving the clock by `step_ms` at a time, until `status` was entered.
    pub fn until(&self, wallet: &Wallet, status: &str, step_ms: i64) {
        self.wait(step_ms, status, |server| server.statuses(wallet).iter().any(|s| s == status));
    }

    /// Waits, moving the clock by `step_ms` at a time, until something holds.
    pub fn wait(&self, step_ms: i64, what: &str, holds: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !holds(self) {
            assert!(started.elapsed() < PATIENCE, "{what} did not come about");
            if step_ms > 0 {
                self.advance(step_ms);
            }
        }
    }

    /// Runs a transfer of this user to its good end.
    pub fn transfer(&self, wallet: &Wallet, receiver: &Receiver) {
        const BLOCK: i64 = 7_000;
        self.verify(wallet);
        let id = id_of(&self.order(wallet, receiver));
        let accepted = self.post("/api/v1/kyc/accept", &wallet.accept(&id, self.deadline()));
        assert_eq!(accepted.status, 204, "{accepted:?}");
        self.until(wallet, "INITIATED", BLOCK);
        let sent = wallet.transmit(&id, wallet.infos.clone(), self.deadline());
        let sent = self.post("/api/v1/kyc/transmit", &sent);
        assert_eq!(sent.status, 204, "{sent:?}");
        self.until(wallet, "FINISH_SUCCESS", BLOCK);
    }

    /// Number of CorePass events in the log.
    pub fn events(&self) -> usize {
        self.command(&["events", "list", "--protocol", "corepass", "--json"]).lines().count()
    }
}

/// Every test ends with this: the read models are what the log makes of them from zero.
impl Drop for Server {
    fn drop(&mut self) {
        let lives = matches!(self.child.try_wait(), Ok(None));
        let check = (lives && !std::thread::panicking()).then(|| self.run(&["rebuild", "--check"]));
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(out) = check {
            let said = [out.stdout, out.stderr].concat();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&said));
        }
    }
}

/// The body of a request for a QR code.
pub fn order(wallet: &Wallet, receiver: &Receiver) -> Value {
    json!({
        "user": wallet.user,
        "items": wallet.items(),
        "callback": format!("{}/data", receiver.url),
        "statusCallback": format!("{}/status", receiver.url),
        "expiration": now_s() + 600,
        "withoutQRCode": true,
    })
}

/// The order's id in a link.
pub fn id_of(answer: &Answer) -> String {
    let link = answer.json()["link"].as_str().expect("a link").to_owned();
    link.rsplit_once("id=").expect("an id").1.to_owned()
}

pub fn now_s() -> i64 {
    kycd::clock::system_now().div_euclid(1000)
}

/// A user with an e-mail address and a date of birth.
pub fn wallet() -> Wallet {
    Wallet::new(&[("SH_EMAIL", "jane&joe@example.com"), ("SH_Passport_DOB", "1986-09-06")])
        .expect("a wallet")
}

/// One HTTP exchange on a connection of its own.
pub fn call(address: &str, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if !headers.iter().any(|header| header.starts_with("Host:")) {
        head = format!("{head}Host: {address}\r\n");
    }
    if !headers.iter().any(|header| header.starts_with("Content-Type:")) {
        head.push_str("Content-Type: application/json\r\n");
    }
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).expect("writes");
    // A server that refuses a large body may close before it has read all of it.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let text = if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        unchunk(text)
    } else {
        text.to_owned()
    };
    Answer { status, head: head.to_owned(), text }
}

fn unchunk(mut text: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = text.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        text = &rest[size + 2..];
    }
    whole
}

/// One callback that came in.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: String,
    pub content_type: String,
    pub delivery: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Call {
    /// A header's value; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        header(&self.head, name)
    }

    /// The JSON object in it.
    pub fn json(&self) -> Value {
        let bytes = if self.content_type.starts_with("multipart/") {
            let text = String::from_utf8_lossy(&self.body).into_owned();
            let part = text.split("--kycd-").find(|part| part.contains("name=\"payload\""));
            let part =
                part.expect("a payload").split_once("\r\n\r\n").expect("a part").1.to_owned();
            part.trim_end().as_bytes().to_vec()
        } else {
            self.body.clone()
        };
        serde_json::from_slice(&bytes).expect("JSON")
    }
}

#[derive(Default)]
struct Log {
    calls: Vec<Call>,
    answers: VecDeque<u16>,
}

/// Takes callbacks; answers 200 unless told otherwise.
pub struct Receiver {
    pub url: String,
    log: Arc<(Mutex<Log>, Condvar)>,
}

impl Receiver {
    pub fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let log: Arc<(Mutex<Log>, Condvar)> = Arc::default();
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || take(stream, &shared));
            }
        });
        Self { url, log }
    }

    /// The next data callbacks are answered with these.
    pub fn answer(&self, answers: &[u16]) {
        self.log.0.lock().expect("a lock").answers.extend(answers);
    }

    /// Calls so far on a channel.
    pub fn calls(&self, channel: &str) -> Vec<Call> {
        let log = self.log.0.lock().expect("a lock");
        log.calls.iter().filter(|call| call.path.contains(channel)).cloned().collect()
    }

    /// Waits until there are `count` calls on a channel.
    pub fn wait(&self, channel: &str, count: usize) -> Vec<Call> {
        let started = Instant::now();
        loop {
            let calls = self.calls(channel);
            if calls.len() >= count {
                return calls;
            }
            assert!(started.elapsed() < PATIENCE, "{} of {count} calls", calls.len());
            let log = self.log.0.lock().expect("a lock");
            let _ = self.log.1.wait_timeout(log, Duration::from_millis(50)).expect("a lock");
        }
    }

    /// Status words that were told, in order.
    pub fn told(&self) -> Vec<String> {
        self.calls("/status")
            .iter()
            .map(|call| call.json()["status"].as_str().expect("a word").to_owned())
            .collect()
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map_or("", |(_, value)| value)
}

fn take(mut stream: TcpStream, log: &(Mutex<Log>, Condvar)) {
    let mut reader = BufReader::new(stream.try_clone().expect("a clone"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let header = |name: &str| header(&head, name).to_owned();
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut entries = log.0.lock().expect("a lock");
    let next = if path.contains("/data") { entries.answers.pop_front() } else { None };
    let answered = next.unwrap_or(200);
    entries.calls.push(Call {
        path,
        content_type: header("content-type"),
        delivery: header("kycd-delivery-id"),
        head: head.clone(),
        body,
    });
    drop(entries);
    let reply = format!("HTTP/1.1 {answered} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(reply.as_bytes());
    log.1.notify_all();
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
