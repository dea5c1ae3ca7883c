//! A daemon on a socket of its own, for the two questions of the Docker Engine API that an image
//! is read with.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

/// What a daemon answers to one path.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status and a body of known length.
    Plain(u16, String),
    /// Status 200 and these bytes in chunks.
    Chunks(Vec<u8>),
    /// The same, cut after so many bytes.
    Cut(Vec<u8>, usize),
    /// The same, with nonsense in place of the last chunk.
    BadChunks(Vec<u8>),
    /// A status and a body without an end.
    Endless(u16),
    /// The connection is closed without an answer.
    Nothing,
}

/// A daemon that listens until the test ends.
pub struct Daemon {
    folder: TempDir,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    /// One that answers these paths, and 404 as docker does to all others.
    pub fn start(answers: impl IntoIterator<Item = (&'static str, Answer)>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the socket");
        let listener = UnixListener::bind(folder.path().join("it.sock")).expect("a socket");
        let answers: Arc<BTreeMap<&str, Answer>> = Arc::new(answers.into_iter().collect());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                // A client that leaves early is no failure.
                thread::spawn(move || serve(&stream, &answers, &log).ok());
            }
        });
        Self { folder, asked }
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("it.sock")
    }

    /// Its address, as `DOCKER_HOST` has it.
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The requests so far, each a method and a path.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn serve(
    stream: &UnixStream,
    answers: &BTreeMap<&str, Answer>,
    log: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let first = head.lines().next().unwrap_or_default();
        let asked = first.trim_end_matches(" HTTP/1.1").to_owned();
        let path = asked.split(' ').nth(1).unwrap_or_default();
        let missing = Answer::Plain(
            404,
            "{\"message\": \"No such image: \\u001b[31mit\"}".into(),
        );
        let answer = answers.get(path).cloned().unwrap_or(missing);
        log.lock().expect("no panic").push(asked);
        if !send(stream, &answer)? {
            return Ok(());
        }
    }
}

/// Sends an answer; whether the connection is still good.
fn send(mut stream: &UnixStream, answer: &Answer) -> io::Result<bool> {
    let (bytes, end): (&[u8], &[u8]) = match answer {
        Answer::Plain(status, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} It\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all((head + body).as_bytes())?;
            return Ok(true);
        }
        Answer::Nothing => return Ok(false),
        Answer::Endless(status) => {
            let head = format!("HTTP/1.1 {status} It\r\nTransfer-Encoding: chunked\r\n\r\n");
            stream.write_all(head.as_bytes())?;
            loop {
                stream.write_all(&chunk(&[b'x'; 4096]))?;
            }
        }
        Answer::Chunks(bytes) => (bytes, b"0\r\n\r\n"),
        Answer::Cut(bytes, at) => (&bytes[..*at], b""),
        Answer::BadChunks(bytes) => (bytes, b"zz\r\n"),
    };
    stream.write_all(b"HTTP/1.1 200 It\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    for piece in bytes.chunks(1000) {
        stream.write_all(&chunk(piece))?;
    }
    stream.write_all(end)?;
    Ok(matches!(answer, Answer::Chunks(_)))
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}
