//! A small registry on this machine: the pulling side of the OCI distribution-spec 1.1 over the
//! image layouts a test wrote, with logins, referrers, and faults on demand.

mod answers;
mod http;
mod tests;

use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use http::Request;

/// Who may pull.
#[derive(Debug, Clone, Default)]
pub enum Login {
    /// Everybody.
    #[default]
    Nobody,
    /// Whoever has this name and password.
    Basic(&'static str, &'static str),
    /// Whoever has a token, which `/token` of this registry gives to everybody.
    AnonymousToken,
    /// Whoever has a token, which `/token` gives for this name and password.
    Token(&'static str, &'static str),
    /// Whoever has a token, which `/token` gives for this refresh token (OAuth 2).
    Refresh(&'static str),
}

/// How the referrers API answers.
#[derive(Debug, Clone, Copy)]
pub enum Referrers {
    /// As the specification has it, so many on a page.
    Pages(usize),
    /// With this status.
    Status(u16),
}

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status, with these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// So many bytes of the body at a time, so many milliseconds apart.
    Trickle(usize, u64),
    /// Nothing at all for so many milliseconds.
    Stall(u64),
    /// Another body, with this type.
    Body(&'static str, Vec<u8>),
    /// A body without an end, with this status.
    Endless(u16),
    /// The whole blob, whatever range was asked for.
    IgnoreRange,
    /// The same path at another address.
    Redirect(String),
}

#[derive(Debug)]
struct Rule {
    method: Option<&'static str>,
    part: String,
    left: usize,
    fault: Fault,
}

/// What a registry serves and how.
#[derive(Debug, Default)]
pub struct Settings {
    repositories: BTreeMap<String, PathBuf>,
    login: Login,
    referrers: Option<Referrers>,
    token_uses: Option<usize>,
    token_server: Option<(SocketAddr, Tokens)>,
    rules: Mutex<Vec<Rule>>,
}

/// Tokens given out.
type Tokens = Arc<Mutex<BTreeMap<String, Grant>>>;

/// What a token is good for.
#[derive(Debug)]
struct Grant {
    repository: String,
    uses: usize,
}

/// A registry that runs until it is dropped, and all its connections with it.
pub struct Registry {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    settings: Settings,
    address: SocketAddr,
    log: Mutex<Vec<Request>>,
    tokens: Tokens,
    stopped: Mutex<bool>,
    stopping: Condvar,
}

impl Settings {
    /// Serves an OCI image layout folder as this repository.
    pub fn repository(mut self, name: &str, layout: &Path) -> Self {
        self.repositories.insert(name.into(), layout.into());
        self
    }

    /// Asks for a login.
    pub fn login(mut self, login: Login) -> Self {
        self.login = login;
        self
    }

    /// Tokens are good for so many requests.
    pub fn token_uses(mut self, uses: usize) -> Self {
        self.token_uses = Some(uses);
        self
    }

    /// Tokens are those of another registry's `/token`.
    pub fn token_server(mut self, other: &Registry) -> Self {
        self.token_server = Some((other.address, Arc::clone(&other.shared.tokens)));
        self
    }

    /// Sets how the referrers API answers; without it, with pages of 1000.
    pub fn referrers(mut self, referrers: Referrers) -> Self {
        self.referrers = Some(referrers);
        self
    }

    /// Lets the first `times` requests whose path holds `part` go wrong.
    pub fn fault(self, part: &str, times: usize, fault: Fault) -> Self {
        self.fault_of(None, part, times, fault)
    }

    /// The same for one method only.
    pub fn fault_of(
        self,
        method: Option<&'static str>,
        part: &str,
        times: usize,
        fault: Fault,
    ) -> Self {
        self.rules.lock().unwrap().push(Rule {
            method,
            part: part.into(),
            left: times,
            fault,
        });
        self
    }

    /// Starts it on a free port.
    pub fn start(self) -> Registry {
        self.start_at("127.0.0.1:0".parse().unwrap())
    }

    /// Starts it where another one was before.
    pub fn start_at(self, address: SocketAddr) -> Registry {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            settings: self,
            address,
            log: Mutex::default(),
            tokens: Tokens::default(),
            stopped: Mutex::default(),
            stopping: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        let listening = Some(thread::spawn(move || listen(&listener, &serving)));
        Registry {
            address,
            shared,
            listening,
        }
    }
}

/// Serves every connection until the registry stops, and ends them all then.
fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut connections = Vec::new();
    for stream in listener.incoming().flatten() {
        if shared.is_stopped() {
            break;
        }
        let (serving, handle) = (Arc::clone(shared), stream.try_clone().unwrap());
        let thread = thread::spawn(move || {
            serving.serve(&stream);
            // The clone kept for the end would hold the connection open.
            let _ = stream.shutdown(Shutdown::Both);
        });
        connections.push((handle, thread));
    }
    for (stream, _) in &connections {
        let _ = stream.shutdown(Shutdown::Both);
    }
    for (_, thread) in connections {
        // A panic was printed by the thread itself, and its test has failed for want of an answer.
        let _ = thread.join();
    }
}

impl Registry {
    /// `127.0.0.1:PORT/NAME`.
    pub fn name(&self, rest: &str) -> String {
        format!("{}/{rest}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, in the order they came.
    pub fn log(&self) -> Vec<Request> {
        self.shared.log.lock().unwrap().clone()
    }

    /// How many requests had this method and this part in their path.
    pub fn count(&self, method: &str, part: &str) -> usize {
        let log = self.log();
        let fits = |one: &&Request| one.method == method && one.target.contains(part);
        log.iter().filter(fits).count()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        *self.shared.stopped.lock().unwrap() = true;
        self.shared.stopping.notify_all();
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
        let _ = self.listening.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn is_stopped(&self) -> bool {
        *self.stopped.lock().unwrap()
    }

    /// Waits so many milliseconds; false when the registry ends meanwhile.
    fn pause(&self, milliseconds: u64) -> bool {
        let wait = Duration::from_millis(milliseconds);
        let stopped = self.stopped.lock().unwrap();
        let waited = self.stopping.wait_timeout_while(stopped, wait, |end| !*end);
        !*waited.unwrap().0
    }

    fn serve(&self, stream: &TcpStream) {
        stream.set_nodelay(true).unwrap();
        let pause = |milliseconds| self.pause(milliseconds);
        let mut connection = http::Connection::new(stream, &pause);
        while let Some(request) = connection.request() {
            if self.is_stopped() {
                break;
            }
            self.log.lock().unwrap().push(request.clone());
            let fault = self.fault(&request);
            let answer = self.answer(&request, fault.as_ref());
            if !connection.send(&request, &answer, fault.as_ref()) {
                break;
            }
        }
    }

    fn fault(&self, request: &Request) -> Option<Fault> {
        let mut rules = self.settings.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| {
            rule.left > 0
                && request.target.contains(&rule.part)
                && rule.method.is_none_or(|method| method == request.method)
        })?;
        rule.left -= 1;
        Some(rule.fault.clone())
    }
}
