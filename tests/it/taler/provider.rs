//! An OAuth 2.0 provider on the loopback that answers anything, and counts who asks.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use crate::harness::{PATIENCE, Server};

/// A good answer to a code.
pub const TOKEN: &str = r#"{"access_token": "good", "token_type": "bearer"}"#;
/// A good answer to a token.
pub const INFO: &str = r#"{"status": "success", "data": {"id": "U1", "full_name": "Bob Builder"}}"#;

/// What the provider does.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Status and body.
    Say(u16, &'static str),
    /// It sends whoever asks there, with this status.
    Send(u16, String),
    /// Nothing, until whoever asks hangs up.
    Hang,
    /// The head of an answer, and then nothing.
    HangHalfway,
    /// It hangs up.
    Break,
    /// A good token, once it is released.
    Held,
    /// More than anybody reads.
    Endless,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub head: String,
    pub form: HashMap<String, String>,
}

#[derive(Default)]
struct Inner {
    token: VecDeque<Reply>,
    info: VecDeque<Reply>,
    asked: Vec<Asked>,
    is_released: bool,
}

/// See the module. Without other orders it knows everybody.
pub struct Provider {
    pub url: String,
    shared: Arc<(Mutex<Inner>, Condvar)>,
}

impl Provider {
    pub fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let shared: Arc<(Mutex<Inner>, Condvar)> = Arc::default();
        let inner = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                let inner = Arc::clone(&inner);
                std::thread::spawn(move || answer(stream, &inner));
            }
        });
        Self { url, shared }
    }

    /// A server whose provider this is; with these lines in `[taler.oauth2]`.
    pub fn server(&self, more: &str) -> Server {
        Server::start(&configuration(&self.url, more))
    }

    /// The next codes are answered like this.
    pub fn token(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inner().token.extend(replies);
    }

    /// The next tokens are answered like this.
    pub fn info(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inner().info.extend(replies);
    }

    /// Whoever is held goes on.
    pub fn release(&self) {
        self.inner().is_released = true;
        self.shared.1.notify_all();
    }

    /// Every question so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.inner().asked.clone()
    }

    /// Questions with a code so far.
    pub fn codes(&self) -> Vec<Asked> {
        self.asked().into_iter().filter(|one| one.path.starts_with("/token")).collect()
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.shared.0.lock().expect("a lock")
    }
}

/// The configuration of a server whose provider is there.
pub fn configuration(url: &str, more: &str) -> String {
    format!(
        "[taler.oauth2]\nauthorize_url = \"{url}/login?tenant=1\"\ntoken_url = \"{url}/token\"\n\
         info_url = \"{url}/info\"\nclient_id = \"kycd & co\"\nclient_secret = \"s3cr=t\"\n\
         post_url = \"https://shop.example/done\"\n{more}\n"
    )
}

fn answer(mut stream: TcpStream, shared: &(Mutex<Inner>, Condvar)) {
    let mut reader = BufReader::new(stream.try_clone().expect("a clone"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let length = head.to_ascii_lowercase();
    let length =
        length.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let mut words = head.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    let is_token = path.starts_with("/token");
    let mut inner = shared.0.lock().expect("a lock");
    inner.asked.push(Asked { method, path, head, form });
    let next = if is_token { inner.token.pop_front() } else { inner.info.pop_front() };
    let good = Reply::Say(200, if is_token { TOKEN } else { INFO });
    drop(match next.unwrap_or(good) {
        Reply::Say(status, body) => say(&mut stream, status, "", body),
        Reply::Send(status, to) => say(&mut stream, status, &format!("Location: {to}\r\n"), ""),
        Reply::Hang => {
            drop(inner);
            stream.read(&mut [0]).map(drop)
        }
        Reply::HangHalfway => {
            drop(inner);
            let head = "HTTP/1.1 200 x\r\nContent-Length: 100\r\n\r\n{\"acc";
            stream.write_all(head.as_bytes()).and_then(|()| stream.read(&mut [0]).map(drop))
        }
        Reply::Break => Ok(()),
        Reply::Held => {
            let wait = shared.1.wait_timeout_while(inner, PATIENCE, |inner| !inner.is_released);
            drop(wait.expect("a lock"));
            say(&mut stream, 200, "", TOKEN)
        }
        Reply::Endless => {
            let endless = format!(r#"{{"access_token": "{}"}}"#, "a".repeat(1 << 20));
            say(&mut stream, 200, "", &endless)
        }
    });
}

fn say(stream: &mut TcpStream, status: u16, header: &str, body: &str) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status} x\r\n{header}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes())
}
