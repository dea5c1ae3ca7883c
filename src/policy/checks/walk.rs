//! The walk through a module: binds variables to parts of the facts document and reports steps
//! that lead nowhere.
//!
//! Statements are followed in the order written. A variable used before it is bound, or bound by
//! a pattern, is untyped: the walk may miss a mistake and does not invent one.

use std::collections::{BTreeMap, BTreeSet};

use super::program::Program;
use super::typed::{Typed, written};
use super::{Read, Reads};
use crate::policy::error::{Problem, ProblemKind};
use crate::policy::schema::topics_of;
use crate::policy::syntax::{Expr, Literal, Query, Rule, RuleAssign, RuleBody, RuleHead, Span};

/// Expressions looked at per module; a shipped rule takes some hundreds.
const MAX_STEPS: usize = 500_000;

/// Depth to which helpers calling helpers are followed.
const MAX_CALLS: usize = 64;

pub(super) struct Walker<'p, 'm> {
    pub(super) program: &'p Program<'m>,
    module: usize,
    pub(super) scopes: Vec<BTreeMap<String, Typed<'m>>>,
    known: BTreeMap<String, Typed<'m>>,
    active: Vec<String>,
    steps: usize,
    /// Calls that are followed whose functions tell types apart.
    pub(super) tolerant: usize,
    reads: Reads,
    seen: BTreeSet<(usize, Span, &'static str)>,
    problems: Vec<Problem>,
}

impl<'p, 'm> Walker<'p, 'm> {
    pub(super) fn new(program: &'p Program<'m>) -> Self {
        Self {
            program,
            module: 0,
            scopes: Vec::new(),
            known: BTreeMap::new(),
            active: Vec::new(),
            steps: 0,
            tolerant: 0,
            reads: Reads::default(),
            seen: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// Walks every rule of one module.
    pub(super) fn walk_module(&mut self, index: usize) {
        let Some(parsed) = self.program.modules.get(index) else {
            return;
        };
        self.module = index;
        for rule in &parsed.module.rules {
            self.definition(index, rule, &[]);
        }
        if self.steps >= MAX_STEPS {
            let message = "the module is too large to be checked in full";
            let problem = Problem::in_file(ProblemKind::TooLarge, &parsed.file, message);
            self.problems.push(problem.help("split it"));
        }
    }

    pub(super) fn finish(self) -> (Reads, Vec<Problem>) {
        (self.reads, self.problems)
    }

    /// Meaning of the rule at `path` when called with `arguments`.
    pub(super) fn rule(&mut self, path: &str, arguments: &[Typed<'m>]) -> Typed<'m> {
        let keys: Vec<String> = arguments.iter().map(Typed::key).collect();
        let key = format!("{path}({})", keys.join(","));
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        if self.active.contains(&key) || self.active.len() >= MAX_CALLS {
            return Typed::Untyped;
        }
        self.active.push(key.clone());
        let tells_apart = !arguments.is_empty() && self.tells_kinds_apart(path);
        self.tolerant = self.tolerant.saturating_add(usize::from(tells_apart));
        let mut result: Option<Typed<'m>> = None;
        for (index, rule) in self.program.rules_at(path) {
            let typed = self.definition(*index, rule, arguments);
            result = Some(match result {
                Some(before) => before.join(typed),
                None => typed,
            });
        }
        self.tolerant = self.tolerant.saturating_sub(usize::from(tells_apart));
        self.active.pop();
        let result = result.unwrap_or(Typed::Untyped);
        self.known.insert(key, result.clone());
        result
    }

    /// Walks one definition of a rule in its own module and scope.
    fn definition(&mut self, index: usize, rule: &'m Rule, arguments: &[Typed<'m>]) -> Typed<'m> {
        let outer_module = std::mem::replace(&mut self.module, index);
        let outer_scopes = std::mem::replace(&mut self.scopes, vec![BTreeMap::new()]);
        let result = match rule {
            Rule::Default { value, .. } => self.value(value),
            Rule::Spec { head, bodies, .. } => self.specified(head, bodies, arguments),
        };
        self.module = outer_module;
        self.scopes = outer_scopes;
        result
    }

    fn specified(
        &mut self,
        head: &'m RuleHead,
        bodies: &'m [RuleBody],
        arguments: &[Typed<'m>],
    ) -> Typed<'m> {
        if let RuleHead::Func { args, .. } = head {
            for (position, parameter) in args.iter().enumerate() {
                let typed = arguments.get(position).cloned();
                self.bind(parameter, typed.unwrap_or(Typed::Untyped));
            }
        }
        let mut result = None;
        let mut add = |typed: Typed<'m>| {
            result = Some(match result.take() {
                Some(before) => Typed::join(before, typed),
                None => typed,
            });
        };
        if bodies.is_empty() {
            add(self.head(head, None));
        }
        for body in bodies {
            self.scopes.push(BTreeMap::new());
            self.query(&body.query);
            add(self.head(head, body.assign.as_ref()));
            self.scopes.pop();
        }
        result.unwrap_or(Typed::Untyped)
    }

    /// Meaning of a rule's head, with the bindings of its body in scope.
    fn head(&mut self, head: &'m RuleHead, otherwise: Option<&'m RuleAssign>) -> Typed<'m> {
        match head {
            RuleHead::Set { refr, key } => {
                let element = match key {
                    Some(key) => self.value(key),
                    None => Typed::Untyped,
                };
                self.plain(refr, Typed::List(Box::new(element)))
            }
            RuleHead::Compr { refr, assign } | RuleHead::Func { refr, assign, .. } => {
                let value = match otherwise.or(assign.as_ref()) {
                    Some(assign) => self.value(&assign.value),
                    None => Typed::Untyped,
                };
                self.plain(refr, value)
            }
        }
    }

    /// `typed` when the head is a plain name; a head with brackets is a map.
    fn plain(&mut self, refr: &'m Expr, typed: Typed<'m>) -> Typed<'m> {
        match refr {
            Expr::Var { .. } => typed,
            Expr::RefBrack { index, .. } => {
                self.value(index);
                Typed::Untyped
            }
            _ => Typed::Untyped,
        }
    }

    fn query(&mut self, query: &'m Query) {
        for statement in &query.stmts {
            for modifier in &statement.with_mods {
                self.value(&modifier.value);
            }
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn {
                    key,
                    value,
                    collection,
                } => {
                    let collected = self.value(collection);
                    if let Some(key) = key {
                        self.bind(key, Typed::Untyped);
                    }
                    let element = self.element(&collected, collection);
                    self.bind(value, element);
                }
                Literal::Expr { expr } | Literal::NotExpr { expr } => {
                    self.value(expr);
                }
                Literal::Every {
                    value,
                    domain,
                    query,
                    ..
                } => {
                    let collected = self.value(domain);
                    let element = self.element(&collected, domain);
                    let name = value.text(self.text()).to_owned();
                    self.scopes.push(BTreeMap::from([(name, element)]));
                    self.query(query);
                    self.scopes.pop();
                }
            }
        }
    }

    /// Meaning of an expression that is used: what it reads is noted.
    pub(super) fn value(&mut self, expr: &'m Expr) -> Typed<'m> {
        let typed = self.meaning(expr);
        if let Some(span) = place(expr) {
            self.note(&typed, span);
        }
        typed
    }

    /// Notes the topics a fact rests on.
    pub(super) fn note(&mut self, typed: &Typed<'m>, span: Span) {
        if let Typed::Fact { path, .. } = typed {
            if let [first, topic, ..] = path.as_slice()
                && first == "topics"
            {
                self.reads.minded.insert(topic.clone());
            }
            for topic in topics_of(path) {
                self.reads.topics.entry(topic).or_insert_with(|| Read {
                    module: self.module,
                    span,
                    path: written(path),
                });
            }
        }
    }

    /// Meaning of an expression, without noting that it is read.
    pub(super) fn meaning(&mut self, expr: &'m Expr) -> Typed<'m> {
        self.steps = self.steps.saturating_add(1);
        if self.steps > MAX_STEPS {
            return Typed::Untyped;
        }
        match expr {
            Expr::Var { value, .. } => self.variable(value),
            Expr::RefDot { span, refr, field } => {
                let base = self.meaning(refr);
                self.step(base, &field.1, *span)
            }
            Expr::RefBrack { span, refr, index } => {
                let base = self.meaning(refr);
                match index.as_text() {
                    Some(name) => self.step(base, name, *span),
                    None => {
                        self.value(index);
                        self.is_single(&base, *span);
                        self.indexed(base)
                    }
                }
            }
            Expr::Call { span, fcn, params } => self.call(*span, fcn, params),
            Expr::Assign { lhs, rhs, .. } => {
                let typed = match **rhs {
                    Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                        self.meaning(rhs)
                    }
                    _ => self.value(rhs),
                };
                if !self.bind(lhs, typed) {
                    self.value(lhs);
                    self.value(rhs);
                }
                Typed::Untyped
            }
            Expr::Compare {
                is_equality,
                lhs,
                rhs,
                ..
            } => self.compared(expr, lhs, rhs, *is_equality),
            Expr::Membership {
                key,
                value,
                collection,
                ..
            } => {
                if let Some(key) = key {
                    self.value(key);
                }
                let wanted = self.value(value);
                let collected = self.value(collection);
                if let Expr::Set { items, .. } | Expr::Array { items, .. } = &**collection {
                    for item in items {
                        self.compare(&wanted, item);
                    }
                }
                let element = self.element(&collected, collection);
                self.compare(&element, value);
                Typed::Untyped
            }
            _ => self.made(expr),
        }
    }

    /// Looks at both sides of a comparison.
    fn compared(
        &mut self,
        whole: &'m Expr,
        lhs: &'m Expr,
        rhs: &'m Expr,
        is_equality: bool,
    ) -> Typed<'m> {
        let left = self.value(lhs);
        let right = self.value(rhs);
        let is_listed = is_equality && (self.compare(&left, rhs) | self.compare(&right, lhs));
        if !is_listed {
            self.never_alike(whole, (lhs, &left), (rhs, &right), is_equality);
        }
        Typed::Untyped
    }

    /// Meaning of a value made in the rule.
    fn made(&mut self, expr: &'m Expr) -> Typed<'m> {
        match expr {
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                let mut element: Option<Typed<'m>> = None;
                for item in items {
                    let typed = self.value(item);
                    element = Some(match element {
                        Some(before) => before.join(typed),
                        None => typed,
                    });
                }
                Typed::List(Box::new(element.unwrap_or(Typed::Untyped)))
            }
            Expr::Object { fields, .. } => {
                let mut record = BTreeMap::new();
                for (_, key, value) in fields {
                    self.value(key);
                    let typed = self.value(value);
                    match key.as_text() {
                        Some(name) => record.insert(name.to_owned(), typed),
                        None => return Typed::Untyped,
                    };
                }
                Typed::Record(record)
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                let element = self.comprehension(query, &[term]);
                Typed::List(Box::new(element))
            }
            Expr::ObjectCompr {
                key, value, query, ..
            } => {
                let element = self.comprehension(query, &[key, value]);
                Typed::List(Box::new(element))
            }
            Expr::Unary { expr, .. } => {
                self.value(expr);
                Typed::Untyped
            }
            Expr::Combine { lhs, rhs, .. } => {
                let left = self.value(lhs);
                let right = self.value(rhs);
                left.join(right)
            }
            Expr::Arithmetic { lhs, rhs, .. } => {
                self.value(lhs);
                self.value(rhs);
                Typed::Untyped
            }
            _ => Typed::Untyped,
        }
    }

    fn comprehension(&mut self, query: &'m Query, terms: &[&'m Expr]) -> Typed<'m> {
        self.scopes.push(BTreeMap::new());
        self.query(query);
        let mut last = Typed::Untyped;
        for term in terms {
            last = self.value(term);
        }
        self.scopes.pop();
        last
    }

    /// Binds the variables of a pattern; only a lone variable gets a meaning. False when `pattern`
    /// binds nothing.
    pub(super) fn bind(&mut self, pattern: &'m Expr, typed: Typed<'m>) -> bool {
        match pattern {
            Expr::Var { value, .. } => {
                if let Some(scope) = self.scopes.last_mut()
                    && value != "_"
                {
                    scope.insert(value.clone(), typed);
                }
                true
            }
            Expr::Array { items, .. } => {
                for item in items {
                    self.bind(item, Typed::Untyped);
                }
                true
            }
            Expr::Object { fields, .. } => {
                for (_, _, value) in fields {
                    self.bind(value, Typed::Untyped);
                }
                true
            }
            _ => false,
        }
    }

    pub(super) fn imported(&self, name: &str) -> Option<Vec<String>> {
        self.program.modules.get(self.module)?.imported(name)
    }

    pub(super) fn import(&self, name: &str) -> Option<(Vec<String>, Span)> {
        self.program.modules.get(self.module)?.import(name)
    }

    pub(super) fn package(&self) -> Vec<String> {
        let parsed = self.program.modules.get(self.module);
        parsed
            .map(|parsed| parsed.package.clone())
            .unwrap_or_default()
    }

    pub(super) fn text(&self) -> &'m str {
        let parsed = self.program.modules.get(self.module);
        parsed
            .map(|parsed| parsed.text.as_str())
            .unwrap_or_default()
    }

    pub(super) fn report(&mut self, kind: ProblemKind, span: Span, message: String, help: String) {
        if !self.seen.insert((self.module, span, kind.code())) {
            return;
        }
        if let Some(parsed) = self.program.modules.get(self.module) {
            let problem = Problem::in_file(kind, &parsed.file, message)
                .at(&parsed.text, span.start, span.end)
                .help(help);
            self.problems.push(problem);
        }
    }
}

/// Where an expression is, for those that can stand for a fact or a text.
pub(super) fn place(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Var { span, .. }
        | Expr::RefDot { span, .. }
        | Expr::RefBrack { span, .. }
        | Expr::String { span, .. }
        | Expr::RawString { span, .. }
        | Expr::Call { span, .. } => Some(*span),
        _ => None,
    }
}
