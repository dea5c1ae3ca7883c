//! Addresses of repositories: host and credentials.

/// An address without its credentials.
pub(super) struct Address {
    /// The address, user name and password left out.
    pub(super) url: String,
    /// Host, lower case, without port; `None` for a local path.
    pub(super) host: Option<String>,
    /// Whether a user name or password was left out.
    pub(super) credentials: bool,
}

/// Splits an address as RFC 3986, section 3.2, has it.
pub(super) fn address(text: &str) -> Address {
    let local = || Address {
        url: text.to_owned(),
        host: None,
        credentials: false,
    };
    let Some((scheme, rest)) = text.split_once("://") else {
        return local();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (user, host_port) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let path = without_query(path);
    if host_port.is_empty() {
        return Address {
            url: format!("{scheme}://{path}"),
            host: None,
            credentials: user.is_some(),
        };
    }
    let host = match host_port.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host_port.split(':').next().unwrap_or(host_port),
    };
    Address {
        url: format!("{scheme}://{host_port}{path}"),
        host: Some(host.to_ascii_lowercase()),
        credentials: user.is_some(),
    }
}

/// A query may hold an access token, so only that there is one is said.
fn without_query(path: &str) -> String {
    match path.split_once('?') {
        Some((path, _)) => format!("{path}?…"),
        None => path.to_owned(),
    }
}
