//! Calls: helpers are followed, builtins looked up, and some builtins refused.

use super::bounds::excess;
use super::typed::Typed;
use super::walk::Walker;
use crate::policy::engine::{arity, builtin_names, is_builtin};
use crate::policy::error::{ProblemKind, closest};
use crate::policy::syntax::{Expr, Span};

impl<'m> Walker<'_, 'm> {
    pub(super) fn call(&mut self, span: Span, callee: &'m Expr, params: &'m [Expr]) -> Typed<'m> {
        let Some(mut path) = callee.static_path() else {
            return Typed::Untyped;
        };
        if let (Some(name), [object, key, ..]) = (dotted_builtin(&path), params)
            && name == "object.get"
        {
            self.check_count(&name, span, arity(&name).as_slice(), params.len());
            return self.object_get(span, object, key, params.get(2));
        }
        let arguments: Vec<Typed<'m>> = params.iter().map(|param| self.value(param)).collect();
        let name = path.join(".");
        let first = path.first().cloned().unwrap_or_default();
        if let Some(imported) = self.imported(&first) {
            path.splice(..1, imported);
        } else if first != "data" {
            let mut local = self.package();
            local.append(&mut path);
            path = local;
        }
        let full = path.join(".");
        if !self.program.rules_at(&full).is_empty() {
            let takes = self.program.arities(&full);
            self.check_count(&name, span, &takes, params.len());
            return self.rule(&full, &arguments);
        }
        self.builtin(&name, span);
        self.check_count(&name, span, arity(&name).as_slice(), params.len());
        self.check_arguments(&name, params, &arguments);
        if let Some((message, help)) = excess(&name, params) {
            self.report(ProblemKind::ExcessiveWork, span, message, help.to_owned());
        }
        match (name.as_str(), arguments.as_slice()) {
            ("sort" | "array.slice" | "array.reverse", [list, ..]) => list.clone(),
            ("array.concat", [left, right]) => left.clone().join(right.clone()),
            _ => Typed::Untyped,
        }
    }

    fn builtin(&mut self, name: &str, span: Span) {
        if let Some(why) = refusal(name) {
            let message = format!("`{name}` may not be used in a rule");
            self.report(ProblemKind::ForbiddenBuiltin, span, message, why.to_owned());
        } else if !is_builtin(name) {
            let message = format!("there is no function `{name}`");
            let own = closest(name, self.program.all_names()).map(str::to_owned);
            let known = own.or_else(|| closest(name, builtin_names()).map(str::to_owned));
            let known = known.filter(|known| known != name);
            let help = match known {
                Some(name) => format!("did you mean `{name}`?"),
                None if OF_OPA.iter().any(|family| name.starts_with(family)) => {
                    "OPA has it, and the engine here has not; see \"What the engines share\" in the \
                     pack's README"
                        .to_owned()
                }
                None => "builtins are those of OPA 1.x without network, time and randomness; \
                         see the pack's README"
                    .to_owned(),
            };
            self.report(ProblemKind::UnknownFunction, span, message, help);
        }
    }

    /// `object.get(x, "a", …)` and `object.get(x, ["a", "b"], …)` are steps too.
    fn object_get(
        &mut self,
        span: Span,
        object: &'m Expr,
        key: &'m Expr,
        default: Option<&'m Expr>,
    ) -> Typed<'m> {
        if let Some(default) = default {
            self.value(default);
        }
        let base = self.meaning(object);
        let names: Option<Vec<&str>> = match key {
            Expr::Array { items, .. } => items.iter().map(Expr::as_text).collect(),
            _ => key.as_text().map(|name| vec![name]),
        };
        let Some(names) = names else {
            self.value(key);
            return self.indexed(base);
        };
        let mut reached = base;
        for name in names {
            reached = self.step(reached, name, span);
        }
        self.note(&reached, span);
        // The default may stand in for the fact, so nothing is promised below it.
        Typed::Untyped
    }
}

/// The full name of a builtin with a dot in it.
fn dotted_builtin(path: &[String]) -> Option<String> {
    (path.len() > 1).then(|| path.join("."))
}

/// Builtins, or the beginnings of their names, that OPA has and the engine has not (measured with
/// regorus 0.14).
const OF_OPA: [&str; 9] = [
    "array.flatten",
    "cast_",
    "crypto.",
    "graphql.",
    "net.cidr_",
    "regex.globs_match",
    "rego.parse_module",
    "strings.render_template",
    "json.",
];

/// Why a builtin is refused, if it is. A rule's result may depend on the facts and the pack only.
fn refusal(name: &str) -> Option<&'static str> {
    match name {
        "time.now_ns" => Some("read the judging time from `data.freehold.now`"),
        "opa.runtime" => Some("rules do not see the environment; add a parameter instead"),
        "http.send" | "net.lookup_ip_addr" => Some("rules have no network; facts come first"),
        "trace" => Some("use `print` in tests"),
        "rego.metadata.rule" | "rego.metadata.chain" => Some(
            "the engine does not have it: write `msg`, `code`, `effective_on` and `severity` into \
             the result itself; title, severity and remediation come from the METADATA block of \
             the package without a call",
        ),
        _ if name.starts_with("rand.") || name.starts_with("uuid.") => {
            Some("the same image must give the same result every time")
        }
        _ if name.starts_with("io.jwt.") || name.starts_with("providers.") => {
            Some("signatures and cloud services are no business of a rule")
        }
        _ => None,
    }
}
