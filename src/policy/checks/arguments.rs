//! Values of kinds that never go together: compared with each other, or handed to a builtin that
//! takes others. The first is never true, the second an error.

use super::kinds::Kinds;
use super::typed::{Typed, written};
use super::walk::Walker;
use crate::policy::error::ProblemKind;
use crate::policy::schema::Below;
use crate::policy::syntax::{Expr, Rule, Span};

/// Longest piece of a rule in a message, in characters.
const MAX_QUOTED: usize = 60;

/// Builtins that say of what kind a value is.
const ASKS_KIND: [&str; 8] = [
    "is_string(",
    "is_number(",
    "is_boolean(",
    "is_array(",
    "is_object(",
    "is_set(",
    "is_null(",
    "type_name(",
];

impl<'m> Walker<'_, 'm> {
    /// Reports a comparison of two values that are never of one kind. With null nothing is wrong:
    /// it may be part of a kind that the schema leaves out.
    pub(super) fn never_alike(
        &mut self,
        whole: &'m Expr,
        left: (&'m Expr, &Typed<'m>),
        right: (&'m Expr, &Typed<'m>),
        is_equality: bool,
    ) {
        let kinds = (self.kinds(left.0, left.1), self.kinds(right.0, right.1));
        let (Some(one), Some(other)) = kinds else {
            return;
        };
        let is_null = one == Kinds::NULL || other == Kinds::NULL;
        if is_null || self.tolerant > 0 || !one.excludes(other) {
            return;
        }
        let (first, second) = (self.quoted(left), self.quoted(right));
        let (message, help) = match is_equality {
            true => (
                format!("{first} is {one}, and {second} is {other}: they are never equal"),
                "compare values of one kind; `true` and `3` are not `\"true\"` and `\"3\"`",
            ),
            false => (
                format!("{first} is {one}, and {second} is {other}: their order says nothing"),
                "compare values of one kind; `to_number` makes a number of a string",
            ),
        };
        self.report(
            ProblemKind::ImpossibleValue,
            whole.span(),
            message,
            help.to_owned(),
        );
    }

    /// Reports arguments of a kind that the builtin does not take.
    pub(super) fn check_arguments(
        &mut self,
        name: &str,
        params: &'m [Expr],
        arguments: &[Typed<'m>],
    ) {
        if self.tolerant > 0 {
            return;
        }
        for ((param, typed), taken) in params.iter().zip(arguments).zip(takes(name)) {
            let Some(given) = self.kinds(param, typed) else {
                continue;
            };
            if !given.without_null().excludes(*taken) || given == Kinds::NULL {
                continue;
            }
            let what = self.quoted((param, typed));
            let message = format!("`{name}` takes {taken}, and {what} is {given}");
            let help = "what is of another kind is an error when the rule runs".to_owned();
            self.report(ProblemKind::ImpossibleValue, param.span(), message, help);
        }
    }

    /// Reports a call with a number of arguments that no definition takes. One more stands for the
    /// result (`count(x, n)`).
    pub(super) fn check_count(&mut self, name: &str, span: Span, takes: &[usize], given: usize) {
        let fits = |count: &usize| *count == given || count.saturating_add(1) == given;
        let Some(count) = takes.first().filter(|_| !takes.iter().any(fits)) else {
            return;
        };
        let plural = if *count == 1 { "" } else { "s" };
        let message = format!("`{name}` takes {count} argument{plural} and is given {given}");
        let help = "look at its definition; of builtins, at OPA's policy reference".to_owned();
        self.report(ProblemKind::WrongArguments, span, message, help);
    }

    /// Reports an index into a fact that holds a single value.
    pub(super) fn is_single(&mut self, base: &Typed<'m>, span: Span) {
        if let Typed::Fact { node, path } = base
            && self.tolerant == 0
            && self.program.schema.element(node) == Below::Nothing
        {
            let message = format!("`{}` has no elements", written(path));
            let help = "it holds a single value".to_owned();
            self.report(ProblemKind::UnknownInputPath, span, message, help);
        }
    }

    /// Whether the function at `path` treats arguments of several kinds, each by a definition, a
    /// body or a question of its own: what does not fit one is then meant for another.
    pub(super) fn tells_kinds_apart(&self, path: &str) -> bool {
        let definitions = self.program.rules_at(path);
        let [(module, rule)] = definitions else {
            return true;
        };
        let Some(parsed) = self.program.modules.get(*module) else {
            return true;
        };
        let is_plain = matches!(rule, Rule::Spec { bodies, .. } if bodies.len() <= 1);
        let text = rule.span().text(&parsed.text);
        !is_plain || ASKS_KIND.iter().any(|name| text.contains(name))
    }

    /// What an expression may be, where that is known.
    fn kinds(&self, expr: &'m Expr, typed: &Typed<'m>) -> Option<Kinds> {
        Some(match expr {
            Expr::String { .. } | Expr::RawString { .. } => Kinds::STRING,
            Expr::Number { .. } => Kinds::NUMBER,
            Expr::Bool { .. } => Kinds::BOOLEAN,
            Expr::Null { .. } => Kinds::NULL,
            Expr::Array { .. } | Expr::ArrayCompr { .. } => Kinds::ARRAY,
            Expr::Set { .. } | Expr::SetCompr { .. } => Kinds::SET,
            Expr::Object { .. } | Expr::ObjectCompr { .. } => Kinds::OBJECT,
            Expr::Call { fcn, .. } => {
                let name = fcn.static_path()?.join(".");
                match *typed {
                    Typed::Untyped if self.is_own(&name) => return None,
                    Typed::Untyped => gives(&name)?,
                    _ => return self.of_typed(typed),
                }
            }
            _ => return self.of_typed(typed),
        })
    }

    fn of_typed(&self, typed: &Typed<'m>) -> Option<Kinds> {
        match typed {
            Typed::Fact { node, .. } => self.program.schema.kinds(node),
            Typed::List(_) => Some(Kinds::COLLECTION),
            Typed::Record(_) => Some(Kinds::OBJECT),
            Typed::Untyped | Typed::Data(_) | Typed::Entries { .. } => None,
        }
    }

    /// Whether the package has a function of this name, which then stands before the builtin.
    fn is_own(&self, name: &str) -> bool {
        let path = format!("{}.{name}", self.package().join("."));
        !self.program.rules_at(&path).is_empty()
    }

    /// An expression as a message names it.
    fn quoted(&self, (expr, typed): (&'m Expr, &Typed<'m>)) -> String {
        if let (Typed::Fact { path, .. }, false) = (typed, matches!(expr, Expr::Call { .. })) {
            return format!("`{}`", written(path));
        }
        let text = match expr.as_text() {
            Some(text) => format!("\"{text}\""),
            None => expr.span().text(self.text()).to_owned(),
        };
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.chars().count() > MAX_QUOTED {
            true => format!("`{}…`", line.chars().take(MAX_QUOTED).collect::<String>()),
            false => format!("`{line}`"),
        }
    }
}

/// What a builtin takes, by position, where it takes not everything (OPA documentation, "Policy
/// Reference", Built-in Functions); the engine is stricter nowhere.
fn takes(name: &str) -> &'static [Kinds] {
    const STRING: Kinds = Kinds::STRING;
    const NUMBER: Kinds = Kinds::NUMBER;
    const ARRAY: Kinds = Kinds::ARRAY;
    const OBJECT: Kinds = Kinds::OBJECT;
    const LIST: Kinds = Kinds::LIST;
    match name {
        "count" => &[Kinds::COUNTED],
        "lower"
        | "upper"
        | "trim_space"
        | "strings.reverse"
        | "json.unmarshal"
        | "yaml.unmarshal"
        | "base64.decode"
        | "base64.encode"
        | "urlquery.decode"
        | "urlquery.encode"
        | "hex.decode"
        | "hex.encode"
        | "time.parse_rfc3339_ns"
        | "units.parse"
        | "units.parse_bytes" => &[STRING],
        "startswith" | "endswith" | "contains" | "split" | "trim" | "trim_left" | "trim_right"
        | "trim_prefix" | "trim_suffix" | "indexof" | "indexof_n" | "regex.match"
        | "regex.split" | "semver.compare" | "strings.count" => &[STRING, STRING],
        "replace" | "regex.replace" => &[STRING, STRING, STRING],
        "substring" => &[STRING, NUMBER, NUMBER],
        "concat" => &[STRING, LIST],
        "sprintf" => &[STRING, ARRAY],
        "to_number" => &[Kinds::NUMERIC],
        "sum" | "product" | "max" | "min" | "sort" => &[LIST],
        "array.concat" => &[ARRAY, ARRAY],
        "array.slice" => &[ARRAY, NUMBER, NUMBER],
        "array.reverse" => &[ARRAY],
        "object.keys" => &[OBJECT],
        "object.union" => &[OBJECT, OBJECT],
        "object.remove" | "object.filter" => &[OBJECT],
        "abs" | "ceil" | "floor" | "round" => &[NUMBER],
        "numbers.range" | "format_int" => &[NUMBER, NUMBER],
        _ => &[],
    }
}

/// What a builtin gives.
fn gives(name: &str) -> Option<Kinds> {
    Some(match name {
        "count" | "sum" | "product" | "to_number" | "abs" | "ceil" | "floor" | "round"
        | "indexof" | "strings.count" | "semver.compare" => Kinds::NUMBER,
        "lower" | "upper" | "trim" | "trim_left" | "trim_right" | "trim_prefix" | "trim_suffix"
        | "trim_space" | "replace" | "substring" | "concat" | "sprintf" | "format_int"
        | "regex.replace" | "strings.reverse" | "type_name" => Kinds::STRING,
        "split" | "regex.split" | "array.concat" | "array.slice" | "array.reverse" | "sort"
        | "numbers.range" => Kinds::ARRAY,
        "object.union" | "object.remove" | "object.filter" => Kinds::OBJECT,
        "object.keys" => Kinds::SET,
        _ => return None,
    })
}
