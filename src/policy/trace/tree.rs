//! A module taken apart into rules, bodies and expressions, with the text of each.
//!
//! The load-time checks have a typed tree of their own (`syntax`); this one keeps what a person
//! reads: text and line.

use serde::Deserialize;
use serde_json::Value;

use crate::policy::engine::{self, EngineError};
use crate::policy::files::PackFile;
use crate::policy::syntax::Span;

/// Expressions looked at below one expression.
const MAX_NODES: usize = 2_000;

/// One module.
pub(in crate::policy) struct Tree {
    /// Name of the file.
    pub(in crate::policy) file: String,
    /// Its package, `data` first.
    pub(in crate::policy) package: Vec<String>,
    /// What it imports: the name in the module, and what it stands for.
    imports: Vec<(String, Vec<String>)>,
    /// Everything before the first rule: package and imports.
    pub(super) head: String,
    /// Its definitions, in order.
    pub(in crate::policy) definitions: Vec<Definition>,
}

/// One definition of a rule.
pub(in crate::policy) struct Definition {
    /// Name of the rule.
    pub(in crate::policy) name: String,
    /// Line it starts on, from 1.
    pub(in crate::policy) line: usize,
    /// As written, body and all.
    pub(in crate::policy) text: String,
    /// Its head as written, in one line.
    pub(in crate::policy) title: String,
    /// Texts of a function's parameters.
    pub(super) parameters: Option<Vec<String>>,
    /// Its body, and those behind `else`.
    pub(in crate::policy) bodies: Vec<Vec<Statement>>,
    /// Lines on which an expression starts.
    pub(in crate::policy) expression_lines: Vec<usize>,
}

/// One expression of a body.
#[derive(Clone)]
pub(in crate::policy) struct Statement {
    /// Line it starts on, from 1.
    pub(in crate::policy) line: usize,
    /// As written.
    pub(in crate::policy) text: String,
    /// Its `with` modifiers as written, or nothing.
    pub(super) with: String,
    pub(super) form: Form,
}

/// What an expression is.
#[derive(Clone)]
pub(super) enum Form {
    /// Declares names; cannot be false.
    Declaration,
    /// `some x in collection`.
    SomeIn { collection: Node },
    /// Any other.
    Expression(Node),
    /// `not …`.
    Not(Node),
    /// `every … in domain { … }`.
    Every {
        domain: Node,
        /// `k, v`, as written.
        names: String,
        /// The statements, as written.
        body: Vec<String>,
    },
}

/// An expression of the engine's syntax tree with its text.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: String,
    pub(super) text: String,
    /// Expressions it is made of, by role.
    pub(super) parts: Vec<(String, Node)>,
}

#[derive(Deserialize)]
struct RawModule {
    package: RawPackage,
    imports: Vec<RawImport>,
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
struct RawPackage {
    refr: Value,
}

#[derive(Deserialize)]
struct RawImport {
    refr: Value,
    #[serde(rename = "as", default)]
    alias: Option<Span>,
}

#[derive(Deserialize)]
enum RawRule {
    Spec {
        span: Span,
        head: Value,
        bodies: Vec<RawBody>,
    },
    Default {
        span: Span,
        refr: Value,
    },
}

#[derive(Deserialize)]
struct RawBody {
    query: RawQuery,
}

#[derive(Deserialize)]
struct RawQuery {
    stmts: Vec<RawStatement>,
}

#[derive(Deserialize)]
struct RawStatement {
    span: Span,
    literal: Value,
    #[serde(default)]
    with_mods: Vec<RawWith>,
}

#[derive(Deserialize)]
struct RawWith {
    span: Span,
}

impl Tree {
    /// Takes a module apart.
    pub(in crate::policy) fn parse(file: &PackFile) -> Result<Self, EngineError> {
        let tree = engine::syntax_tree(&file.name, &file.text)?;
        let raw: RawModule = serde_json::from_value(tree).map_err(|error| EngineError {
            message: format!("the syntax tree cannot be read: {error}"),
            place: None,
            is_timeout: false,
        })?;
        let text = file.text.as_str();
        let mut package = vec!["data".to_owned()];
        package.extend(static_path(&raw.package.refr).unwrap_or_default());
        let imports = raw.imports.iter().filter_map(|import| {
            let path = static_path(&import.refr)?;
            let name = match import.alias {
                Some(span) => span.text(text).to_owned(),
                None => path.last()?.clone(),
            };
            Some((name, path))
        });
        let first = raw.rules.first().map_or(text.len(), |rule| match rule {
            RawRule::Spec { span, .. } | RawRule::Default { span, .. } => span.start,
        });
        Ok(Self {
            file: file.name.clone(),
            package,
            imports: imports.collect(),
            head: text.get(..first).unwrap_or_default().to_owned(),
            definitions: raw
                .rules
                .into_iter()
                .filter_map(|rule| definition(rule, text))
                .collect(),
        })
    }

    /// The rule an expression refers to: package and name.
    pub(super) fn target(&self, node: &Node) -> Option<(Vec<String>, String)> {
        self.resolve(&node.path()?)
    }

    /// The rule a path of names refers to: package and name.
    pub(in crate::policy) fn resolve(&self, path: &[&str]) -> Option<(Vec<String>, String)> {
        let (first, rest) = path.split_first()?;
        let imported = self.imports.iter().find(|(name, _)| name == first);
        let mut full = match imported {
            Some((_, path)) => path.clone(),
            None if *first == "data" => vec!["data".to_owned()],
            None => return Some((self.package.clone(), (*first).to_owned())),
        };
        full.extend(rest.iter().map(|part| (*part).to_owned()));
        let name = full.pop()?;
        Some((full, name))
    }

    /// The definitions of one rule.
    pub(in crate::policy) fn named<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Definition> {
        self.definitions
            .iter()
            .filter(move |definition| definition.name == name)
    }
}

impl Node {
    /// Reads an expression of the engine's tree.
    fn read(value: &Value, text: &str, budget: &mut usize) -> Option<Self> {
        *budget = budget.checked_sub(1)?;
        let (kind, fields) = value.as_object()?.iter().next()?;
        let span = span_of(fields);
        let mut parts = Vec::new();
        for (role, name) in [
            ("left", "lhs"),
            ("right", "rhs"),
            ("value", "value"),
            ("collection", "collection"),
            ("of", "refr"),
            ("of", "expr"),
            ("function", "fcn"),
        ] {
            if let Some(part) = fields.get(name)
                && let Some(node) = Self::read(part, text, budget)
            {
                parts.push((role.to_owned(), node));
            }
        }
        for name in ["params", "items"] {
            let items = fields.get(name).and_then(Value::as_array);
            for item in items.into_iter().flatten() {
                if let Some(node) = Self::read(item, text, budget) {
                    parts.push(("argument".to_owned(), node));
                }
            }
        }
        Some(Self {
            kind: kind.clone(),
            text: whole(span, text).text(text).to_owned(),
            parts,
        })
    }

    /// The part with this role.
    pub(super) fn part(&self, role: &str) -> Option<&Self> {
        let (_, node) = self.parts.iter().find(|(name, _)| name == role)?;
        Some(node)
    }

    /// The arguments of a call.
    pub(super) fn arguments(&self) -> Vec<&Self> {
        let arguments = self.parts.iter().filter(|(role, _)| role == "argument");
        arguments.map(|(_, node)| node).collect()
    }

    /// Whether it is a reference: a name, and fields of it.
    pub(super) fn is_reference(&self) -> bool {
        matches!(self.kind.as_str(), "Var" | "RefDot" | "RefBrack")
    }

    /// Whether its value is written there.
    pub(super) fn is_literal(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "String" | "RawString" | "Number" | "Bool" | "Null"
        )
    }

    /// The name of the function of a call.
    pub(super) fn function(&self) -> Option<&Self> {
        (self.kind == "Call").then(|| self.part("function"))?
    }

    /// The parts of a plain reference, as written: `rule.deny` is `[rule, deny]`.
    fn path(&self) -> Option<Vec<&str>> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let is_path = self.is_reference() && self.text.chars().all(is_plain);
        is_path.then(|| self.text.split('.').collect())
    }

    /// Every expression below this one and itself, outermost first.
    pub(super) fn walk(&self) -> Vec<&Self> {
        let mut found = vec![self];
        let mut at = 0_usize;
        while let Some(node) = found.get(at).copied() {
            found.extend(node.parts.iter().map(|(_, part)| part));
            at = at.saturating_add(1);
        }
        found
    }
}

fn span_of(fields: &Value) -> Span {
    let span = fields.get("span").cloned().unwrap_or_default();
    serde_json::from_value(span).unwrap_or_default()
}

/// A reference made of fixed names, without the text.
fn static_path(refr: &Value) -> Option<Vec<String>> {
    let mut reversed = Vec::new();
    let mut current = refr;
    loop {
        let (kind, fields) = current.as_object()?.iter().next()?;
        match kind.as_str() {
            "Var" => {
                reversed.push(fields.get("value")?.as_str()?.to_owned());
                break;
            }
            "RefDot" => {
                reversed.push(fields.get("field")?.get(1)?.as_str()?.to_owned());
                current = fields.get("refr")?;
            }
            "RefBrack" => {
                let (_, index) = fields.get("index")?.as_object()?.iter().next()?;
                reversed.push(index.get("value")?.as_str()?.to_owned());
                current = fields.get("refr")?;
            }
            _ => return None,
        }
    }
    reversed.reverse();
    Some(reversed)
}

fn definition(rule: RawRule, text: &str) -> Option<Definition> {
    let (span, refr, parameters, bodies, expression_lines) = match rule {
        RawRule::Default { span, refr } => {
            let lines = vec![span.line];
            (span, refr, None, Vec::new(), lines)
        }
        RawRule::Spec { span, head, bodies } => {
            let (kind, fields) = head.as_object()?.iter().next()?;
            let parameters = (kind == "Func").then(|| texts(fields.get("args"), text));
            let mut lines = Vec::new();
            if bodies.is_empty() {
                lines.push(span.line);
            }
            for body in &bodies {
                lines.extend(body.query.stmts.iter().map(|statement| statement.span.line));
            }
            (span, fields.get("refr")?.clone(), parameters, bodies, lines)
        }
    };
    let first = bodies.first().and_then(|body| body.query.stmts.first());
    let head_end = first.map_or(whole(span, text).end, |statement| {
        whole(statement.span, text).start
    });
    let head = text.get(span.start..head_end).unwrap_or_default();
    Some(Definition {
        name: root_name(&refr)?,
        line: span.line,
        text: whole(span, text).text(text).to_owned(),
        title: title(head),
        parameters,
        bodies: bodies
            .into_iter()
            .map(|body| statements(body.query, text))
            .collect(),
        expression_lines,
    })
}

/// A head in one line, without what opens the body.
fn title(head: &str) -> String {
    let words: Vec<&str> = head.split_whitespace().collect();
    let line = words.join(" ");
    let line = line.trim_end_matches('{').trim_end();
    let line = line.strip_suffix(" if").unwrap_or(line);
    // What a finding holds is said by its message.
    match line.split_once('{') {
        Some((before, _)) => format!("{before}{{…}}"),
        None => line.to_owned(),
    }
}

fn root_name(refr: &Value) -> Option<String> {
    let mut current = refr;
    loop {
        let (kind, fields) = current.as_object()?.iter().next()?;
        match kind.as_str() {
            "Var" => return fields.get("value")?.as_str().map(str::to_owned),
            _ => current = fields.get("refr")?,
        }
    }
}

fn texts(items: Option<&Value>, text: &str) -> Vec<String> {
    let items = items.and_then(Value::as_array).into_iter().flatten();
    let spans = items.filter_map(|item| item.as_object()?.values().next().map(span_of));
    spans
        .map(|span| whole(span, text).text(text).to_owned())
        .collect()
}

fn statements(query: RawQuery, text: &str) -> Vec<Statement> {
    query
        .stmts
        .into_iter()
        .map(|raw| {
            let span = whole(raw.span, text);
            let with = raw.with_mods.first().map_or(span.end, |with| {
                // The span of a modifier may start behind its keyword.
                let own = text.get(span.start..with.span.start).unwrap_or_default();
                let own = own.trim_end();
                let own = own.strip_suffix("with").unwrap_or(own);
                span.start.saturating_add(own.len())
            });
            Statement {
                line: span.line,
                text: span.text(text).trim_end().to_owned(),
                with: text.get(with..span.end).unwrap_or_default().to_owned(),
                form: form(&raw.literal, text).unwrap_or(Form::Declaration),
            }
        })
        .collect()
}

/// The span of an expression with its quotes: the engine leaves out those of a text it begins or
/// ends with. Nothing but a text can stand next to a quote.
fn whole(span: Span, text: &str) -> Span {
    let is_quote = |at: usize| matches!(text.as_bytes().get(at), Some(b'"' | b'`'));
    let before = span.start.checked_sub(1).filter(|at| is_quote(*at));
    Span {
        start: before.unwrap_or(span.start),
        end: span.end.saturating_add(usize::from(is_quote(span.end))),
        ..span
    }
}

fn form(literal: &Value, text: &str) -> Option<Form> {
    let (kind, fields) = literal.as_object()?.iter().next()?;
    let mut budget = MAX_NODES;
    let mut node = |name: &str| Node::read(fields.get(name)?, text, &mut budget);
    Some(match kind.as_str() {
        "SomeIn" => Form::SomeIn {
            collection: node("collection")?,
        },
        "Expr" => Form::Expression(node("expr")?),
        "NotExpr" => Form::Not(node("expr")?),
        "Every" => {
            let domain = node("domain")?;
            let query: RawQuery = serde_json::from_value(fields.get("query")?.clone()).ok()?;
            let span: Option<Span> = serde_json::from_value(fields.get("key")?.clone()).ok()?;
            let value: Span = serde_json::from_value(fields.get("value")?.clone()).ok()?;
            let mut names = value.text(text).to_owned();
            if let Some(key) = span {
                names = format!("{}, {names}", key.text(text));
            }
            let body = query.stmts.iter();
            Form::Every {
                domain,
                names,
                body: body
                    .map(|one| whole(one.span, text).text(text).to_owned())
                    .collect(),
            }
        }
        _ => Form::Declaration,
    })
}
