//! HTTP/1.1 as far as a registry needs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::Fault;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A parameter of the query, or of the form that was sent.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map(|(_, query)| query);
        let form = String::from_utf8_lossy(&self.body);
        let pairs = query.unwrap_or_default().split('&').chain(form.split('&'));
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| decoded(key) == name)
            .map(|(_, value)| decoded(value))
    }
}

/// Text of a form or a query (WHATWG URL, section 5.1).
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        let escaped = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = &after[escaped.map_or(0, |_| 2)..];
        bytes.push(match (escaped, first) {
            (Some(byte), _) => byte,
            (None, b'+') => b' ',
            (None, byte) => *byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer before it is sent.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn new(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.into(), value.to_string()));
        self
    }

    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", kind)
    }

    /// An error as registries word it (distribution-spec, "Error Codes").
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"errors": [{"code": code, "message": message}]});
        Self::new(status).body("application/json", body.to_string())
    }
}

/// Waits so many milliseconds; false when the registry ends meanwhile.
pub type Pause<'a> = &'a dyn Fn(u64) -> bool;

pub struct Connection<'a> {
    reader: BufReader<&'a TcpStream>,
    writer: &'a TcpStream,
    pause: Pause<'a>,
}

impl<'a> Connection<'a> {
    pub fn new(stream: &'a TcpStream, pause: Pause<'a>) -> Self {
        Self {
            reader: BufReader::new(stream),
            writer: stream,
            pause,
        }
    }

    /// The next request, or none when the other side is done.
    pub fn request(&mut self) -> Option<Request> {
        let line = self.line()?;
        let mut words = line.split(' ');
        let mut request = Request {
            method: words.next()?.to_owned(),
            target: words.next()?.to_owned(),
            ..Request::default()
        };
        // What a proxy is sent names the server as well (RFC 9112, section 3.2.2).
        if let Some(rest) = request.target.strip_prefix("http://") {
            let path = rest.find('/').unwrap_or(rest.len());
            request.target = rest[path..].to_owned();
        }
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            let entry = (name.to_ascii_lowercase(), value.trim().to_owned());
            request.headers.push(entry);
        }
        let length = request.header("content-length").map(|text| text.parse());
        request.body = vec![0; length.unwrap_or(Ok(0)).ok()?];
        self.reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.reader.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// Sends an answer; whether the connection can go on.
    pub fn send(&mut self, request: &Request, answer: &Answer, fault: Option<&Fault>) -> bool {
        if let Some(Fault::Stall(milliseconds)) = fault
            && !(self.pause)(*milliseconds)
        {
            return false;
        }
        let endless = matches!(fault, Some(Fault::Endless(_)));
        let mut head = format!("HTTP/1.1 {} It\r\n", answer.status);
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !endless {
            head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
        }
        head.push_str("\r\n");
        let body = match request.method.as_str() {
            "HEAD" => &[][..],
            _ => &answer.body[..],
        };
        let last = request.header("connection") == Some("close");
        self.writer.write_all(head.as_bytes()).is_ok() && self.send_body(body, fault) && !last
    }

    fn send_body(&mut self, body: &[u8], fault: Option<&Fault>) -> bool {
        match fault {
            Some(Fault::Cut(after)) => {
                let _ = self.writer.write_all(&body[..body.len().min(*after)]);
                false
            }
            Some(Fault::Trickle(bytes, milliseconds)) => body
                .chunks(*bytes)
                .all(|piece| (self.pause)(*milliseconds) && self.writer.write_all(piece).is_ok()),
            Some(Fault::Endless(_)) => {
                while self.writer.write_all(&[b' '; 4096]).is_ok() {}
                false
            }
            _ => self.writer.write_all(body).is_ok(),
        }
    }
}
