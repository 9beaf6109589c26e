//! What is measured: an empty handler and a real `kycd serve`, each in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use kycd::config::limits::HTTP_WORKERS;

/// The argument that makes this program the empty server.
pub const EMPTY: &str = "empty-server";

/// A server that is killed when it is dropped.
pub struct Server {
    pub child: Child,
    ready: String,
}

impl Server {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().context("no pipe")?;
        let mut server = Self { child, ready: String::new() };
        BufReader::new(out).read_line(&mut server.ready)?;
        Ok(server)
    }

    /// This program again, as the empty server.
    pub fn empty() -> anyhow::Result<Self> {
        Self::start(Command::new(std::env::current_exe()?).arg(EMPTY))
    }

    /// `kycd serve` with its sandbox, its data in `dir`, and these variables.
    pub fn kycd(dir: &Path, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start(
            Command::new(env!("CARGO_BIN_EXE_kycd"))
                .args(["serve", "--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"])
                .args(["--data".as_ref(), dir.as_os_str()])
                .env("KYCD_LOG__LEVEL", "warn")
                .envs(more.iter().copied()),
        )
    }

    /// The address that the ready line gives under `name`.
    pub fn address(&self, name: &str) -> anyhow::Result<String> {
        let mut words = self.ready.split_whitespace();
        let found = words.find_map(|word| word.strip_prefix(name)?.strip_prefix("=http://"));
        found.map(str::to_owned).with_context(|| format!("not ready: {:?}", self.ready))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the body, answers two bytes: what actix-web itself costs, with as many threads as ours.
pub fn serve_empty() -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let handler = |_: web::Bytes| async { HttpResponse::Ok().body("{}") };
        let app = move || App::new().default_service(web::to(handler));
        let server = HttpServer::new(app).workers(HTTP_WORKERS).bind("127.0.0.1:0")?;
        let address = *server.addrs().first().context("no address")?;
        let mut out = std::io::stdout();
        writeln!(out, "ready public=http://{address}")?;
        out.flush()?;
        server.run().await?;
        Ok(())
    })
}
