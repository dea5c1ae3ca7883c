//! A module taken apart into rules, bodies and expressions, with the text of each.
//!
//! Made of the tree that the load-time checks read (`syntax`); this one keeps what a person reads:
//! text and line.

use crate::policy::engine::{Engine, EngineError};
use crate::policy::files::PackFile;
use crate::policy::syntax::{self, Expr, Literal, Rule, RuleHead, Span};

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

/// What an expression is made with, as far as it is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A value as it is written.
    Literal,
    /// A name, and fields of it.
    Reference,
    Call,
    Comparison,
    Assignment,
    Membership,
    Other,
}

impl Kind {
    fn of(expr: &Expr) -> Self {
        match expr {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => Self::Literal,
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => Self::Reference,
            Expr::Call { .. } => Self::Call,
            Expr::Compare { .. } => Self::Comparison,
            Expr::Assign { .. } => Self::Assignment,
            Expr::Membership { .. } => Self::Membership,
            _ => Self::Other,
        }
    }
}

/// What an expression is in the one it is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Left,
    Right,
    Value,
    Collection,
    /// What a field is taken of, or a sign stands before.
    Of,
    Function,
    Argument,
}

/// An expression with its text.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Expressions it is made of, by role.
    parts: Vec<(Role, Node)>,
}

impl Tree {
    /// Takes a module apart.
    pub(in crate::policy) fn parse(file: &PackFile) -> Result<Self, EngineError> {
        let module = Engine::new().add_module(&file.name, &file.text)?;
        let text = file.text.as_str();
        let mut package = vec!["data".to_owned()];
        package.extend(module.package.refr.static_path().unwrap_or_default());
        let imports = module.imports.iter().filter_map(|import| {
            let path = import.refr.static_path()?;
            let name = match import.alias {
                Some(span) => span.text(text).to_owned(),
                None => path.last()?.clone(),
            };
            Some((name, path))
        });
        let first = module.rules.first();
        let first = first.map_or(text.len(), |rule| rule.span().start);
        let definitions = module.rules.iter();
        Ok(Self {
            file: file.name.clone(),
            package,
            imports: imports.collect(),
            head: text.get(..first).unwrap_or_default().to_owned(),
            definitions: definitions
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
    /// An expression with the expressions it is made of.
    fn read(expr: &Expr, text: &str, budget: &mut usize) -> Option<Self> {
        *budget = budget.checked_sub(1)?;
        let mut parts = Vec::new();
        for (role, part) in parts_of(expr) {
            parts.extend(Self::read(part, text, budget).map(|node| (role, node)));
        }
        Some(Self {
            kind: Kind::of(expr),
            text: whole(expr.span(), text).text(text).to_owned(),
            parts,
        })
    }

    /// The part with this role.
    pub(super) fn part(&self, role: Role) -> Option<&Self> {
        let (_, node) = self.parts.iter().find(|(own, _)| *own == role)?;
        Some(node)
    }

    /// The arguments of a call.
    pub(super) fn arguments(&self) -> Vec<&Self> {
        let is_argument = |part: &&(Role, Self)| part.0 == Role::Argument;
        let arguments = self.parts.iter().filter(is_argument);
        arguments.map(|(_, node)| node).collect()
    }

    /// Whether it is a reference: a name, and fields of it.
    pub(super) fn is_reference(&self) -> bool {
        self.kind == Kind::Reference
    }

    /// The name of the function of a call.
    pub(super) fn function(&self) -> Option<&Self> {
        (self.kind == Kind::Call).then(|| self.part(Role::Function))?
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

/// The expressions that one is made of directly. What a comprehension or an object holds is not
/// looked into: it has no value outside.
fn parts_of(expr: &Expr) -> Vec<(Role, &Expr)> {
    match expr {
        Expr::Combine { lhs, rhs, .. }
        | Expr::Compare { lhs, rhs, .. }
        | Expr::Arithmetic { lhs, rhs, .. }
        | Expr::Assign { lhs, rhs, .. } => vec![(Role::Left, lhs), (Role::Right, rhs)],
        Expr::Membership {
            value, collection, ..
        } => vec![(Role::Value, value), (Role::Collection, collection)],
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => vec![(Role::Of, refr)],
        Expr::Unary { expr, .. } => vec![(Role::Of, expr)],
        Expr::Call { fcn, params, .. } => {
            let arguments = params.iter().map(|param| (Role::Argument, param));
            std::iter::once((Role::Function, &**fcn))
                .chain(arguments)
                .collect()
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            items.iter().map(|item| (Role::Argument, item)).collect()
        }
        _ => Vec::new(),
    }
}

fn definition(rule: &Rule, text: &str) -> Option<Definition> {
    let span = rule.span();
    let (parameters, queries) = match rule {
        Rule::Default { .. } => (None, Vec::new()),
        Rule::Spec { head, bodies, .. } => {
            let parameters = match head {
                RuleHead::Func { args, .. } => {
                    let spans = args.iter().map(|arg| whole(arg.span(), text));
                    Some(spans.map(|span| span.text(text).to_owned()).collect())
                }
                RuleHead::Compr { .. } | RuleHead::Set { .. } => None,
            };
            let queries = bodies.iter().map(|body| body.query.stmts.as_slice());
            (parameters, queries.collect())
        }
    };
    let first = queries.first().and_then(|query| query.first());
    let head_end = first.map_or(whole(span, text).end, |statement| {
        whole(statement.span, text).start
    });
    let lines = queries.iter().copied().flatten();
    let mut expression_lines: Vec<usize> = lines.map(|statement| statement.span.line).collect();
    if queries.is_empty() {
        expression_lines.push(span.line);
    }
    Some(Definition {
        name: rule.name()?.to_owned(),
        line: span.line,
        text: whole(span, text).text(text).to_owned(),
        title: title(text.get(span.start..head_end).unwrap_or_default()),
        parameters,
        bodies: queries
            .into_iter()
            .map(|query| query.iter().map(|one| statement(one, text)).collect())
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

fn statement(from: &syntax::Statement, text: &str) -> Statement {
    let span = whole(from.span, text);
    let with = from.with_mods.first().map_or(span.end, |with| {
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
        form: form(&from.literal, text).unwrap_or(Form::Declaration),
    }
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

fn form(literal: &Literal, text: &str) -> Option<Form> {
    let mut budget = MAX_NODES;
    let mut node = |expr: &Expr| Node::read(expr, text, &mut budget);
    Some(match literal {
        Literal::SomeVars { .. } => Form::Declaration,
        Literal::SomeIn { collection, .. } => Form::SomeIn {
            collection: node(collection)?,
        },
        Literal::Expr { expr } => Form::Expression(node(expr)?),
        Literal::NotExpr { expr } => Form::Not(node(expr)?),
        Literal::Every {
            key,
            value,
            domain,
            query,
        } => {
            let names = key.iter().chain([value]).map(|span| span.text(text));
            let names: Vec<&str> = names.collect();
            let body = query.stmts.iter();
            Form::Every {
                domain: node(domain)?,
                names: names.join(", "),
                body: body
                    .map(|one| whole(one.span, text).text(text).to_owned())
                    .collect(),
            }
        }
    })
}
