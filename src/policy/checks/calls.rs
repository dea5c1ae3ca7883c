//! Builtins that rules may not use.

/// Why a builtin is refused, if it is. A rule's result may depend on the facts and the pack only.
pub(super) fn refusal(name: &str) -> Option<&'static str> {
    match name {
        "time.now_ns" => Some("read the judging time from `data.freehold.now`"),
        "opa.runtime" => Some("rules do not see the environment; add a parameter instead"),
        "http.send" | "net.lookup_ip_addr" => Some("rules have no network; facts come first"),
        "trace" => Some("use `print` in tests"),
        _ if name.starts_with("rand.") || name.starts_with("uuid.") => {
            Some("the same image must give the same result every time")
        }
        _ if name.starts_with("io.jwt.") || name.starts_with("providers.") => {
            Some("signatures and cloud services are no business of a rule")
        }
        _ => None,
    }
}
