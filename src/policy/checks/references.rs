//! What the definitions of all modules refer to: which rule, function or package, and where.

use std::collections::BTreeSet;

use super::program::Parsed;
use crate::policy::syntax::{Expr, Literal, Module, Query, Rule, RuleBody, RuleHead, Span};

/// One reference to something below `data`, in full and up to its first part that is not a fixed
/// name: `data.a.b` of `data.a.b[x].c`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) path: Vec<String>,
    pub(super) span: Span,
}

/// What one module says of itself.
pub(super) struct References {
    /// By definition, in the order of the module's rules.
    pub(super) of_rules: Vec<Vec<Reference>>,
    /// What `with` replaces.
    pub(super) replaced: Vec<Reference>,
}

/// Collects the references of one module. The depth of the tree is bounded by `nesting`.
pub(super) fn of(parsed: &Parsed) -> References {
    let mut collector = Collector {
        parsed,
        scopes: Vec::new(),
        found: Vec::new(),
        replaced: Vec::new(),
    };
    let Module { rules, .. } = &parsed.module;
    let of_rules = rules
        .iter()
        .map(|rule| {
            collector.rule(rule);
            std::mem::take(&mut collector.found)
        })
        .collect();
    References {
        of_rules,
        replaced: collector.replaced,
    }
}

/// The names of a definition that are fixed: `a.b` of `a.b[x] := 1`.
pub(super) fn head_path(rule: &Rule) -> Vec<String> {
    let refr = match rule {
        Rule::Default { refr, .. } => refr,
        Rule::Spec { head, .. } => match head {
            RuleHead::Compr { refr, .. }
            | RuleHead::Set { refr, .. }
            | RuleHead::Func { refr, .. } => refr,
        },
    };
    fixed_path(refr).unwrap_or_default()
}

/// The parts of a reference up to the first that is not a fixed name.
fn fixed_path(expr: &Expr) -> Option<Vec<String>> {
    let mut parts: Vec<Option<&str>> = Vec::new();
    let mut current = expr;
    loop {
        match current {
            Expr::Var { value, .. } => {
                parts.push(Some(value));
                break;
            }
            Expr::RefDot { refr, field, .. } => {
                parts.push(Some(&field.1));
                current = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                parts.push(index.as_text());
                current = refr;
            }
            _ => return None,
        }
    }
    let fixed = parts.into_iter().rev().map_while(|part| part);
    Some(fixed.map(str::to_owned).collect())
}

struct Collector<'m> {
    parsed: &'m Parsed,
    /// Names that stand for variables, by query.
    scopes: Vec<BTreeSet<&'m str>>,
    found: Vec<Reference>,
    replaced: Vec<Reference>,
}

impl<'m> Collector<'m> {
    fn rule(&mut self, rule: &'m Rule) {
        match rule {
            Rule::Default { value, .. } => self.expr(value),
            Rule::Spec { head, bodies, .. } => {
                let mut arguments = BTreeSet::new();
                if let RuleHead::Func { args, .. } = head {
                    args.iter().for_each(|arg| variables(arg, &mut arguments));
                }
                self.scopes.push(arguments);
                if bodies.is_empty() {
                    self.head(head);
                }
                for RuleBody { assign, query } in bodies {
                    self.scopes.push(self.declared(query));
                    self.statements(query);
                    match assign {
                        Some(assign) => self.expr(&assign.value),
                        None => self.head(head),
                    }
                    self.scopes.pop();
                }
                self.scopes.pop();
            }
        }
    }

    /// The parts of a head that are computed.
    fn head(&mut self, head: &'m RuleHead) {
        let (refr, value) = match head {
            RuleHead::Set { refr, key } => (refr, key.as_ref()),
            RuleHead::Compr { refr, assign } | RuleHead::Func { refr, assign, .. } => {
                (refr, assign.as_ref().map(|assign| &assign.value))
            }
        };
        let mut current = refr;
        while let Expr::RefBrack { refr, index, .. } = current {
            self.expr(index);
            current = refr;
        }
        if let Some(value) = value {
            self.expr(value);
        }
    }

    /// The names a query declares, wherever in it.
    fn declared(&self, query: &'m Query) -> BTreeSet<&'m str> {
        let mut names = BTreeSet::new();
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { vars } => {
                    names.extend(vars.iter().map(|var| var.text(&self.parsed.text)));
                }
                Literal::SomeIn { key, value, .. } => {
                    variables(value, &mut names);
                    if let Some(key) = key {
                        variables(key, &mut names);
                    }
                }
                Literal::Expr {
                    expr:
                        Expr::Assign {
                            declares: true,
                            lhs,
                            ..
                        },
                } => variables(lhs, &mut names),
                _ => {}
            }
        }
        names
    }

    fn statements(&mut self, query: &'m Query) {
        for statement in &query.stmts {
            for modifier in &statement.with_mods {
                self.expr(&modifier.value);
                let replaced = self.reference(&modifier.target);
                self.replaced.extend(replaced);
            }
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { collection, .. } => self.expr(collection),
                Literal::Expr { expr } | Literal::NotExpr { expr } => self.expr(expr),
                Literal::Every {
                    key,
                    value,
                    domain,
                    query,
                } => {
                    self.expr(domain);
                    let named = key.iter().chain([value]);
                    let named = named.map(|span| span.text(&self.parsed.text)).collect();
                    self.scopes.push(named);
                    self.query(query, &[]);
                    self.scopes.pop();
                }
            }
        }
    }

    /// A query within a rule, with the terms made of its variables.
    fn query(&mut self, query: &'m Query, terms: &[&'m Expr]) {
        self.scopes.push(self.declared(query));
        self.statements(query);
        terms.iter().for_each(|term| self.expr(term));
        self.scopes.pop();
    }

    /// Where a reference leads, if that is below `data`.
    fn reference(&self, expr: &Expr) -> Option<Reference> {
        let mut path = fixed_path(expr)?;
        let first = path.first()?;
        if self
            .scopes
            .iter()
            .any(|scope| scope.contains(first.as_str()))
        {
            return None;
        }
        if let Some(imported) = self.parsed.imported(first) {
            path.splice(..1, imported);
        } else if !matches!(first.as_str(), "data" | "input") {
            path.splice(..0, self.parsed.package.iter().cloned());
        }
        (path.first()? == "data").then_some(Reference {
            path,
            span: expr.span(),
        })
    }

    fn expr(&mut self, expr: &'m Expr) {
        match expr {
            Expr::Var { .. } => self.found.extend(self.reference(expr)),
            Expr::RefDot { .. } | Expr::RefBrack { .. } => self.path(expr),
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                items.iter().for_each(|item| self.expr(item));
            }
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    self.expr(key);
                    self.expr(value);
                }
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.query(query, &[term]);
            }
            Expr::ObjectCompr {
                key, value, query, ..
            } => self.query(query, &[key, value]),
            Expr::Call { fcn, params, .. } => {
                self.expr(fcn);
                params.iter().for_each(|param| self.expr(param));
            }
            Expr::Unary { expr, .. } => self.expr(expr),
            Expr::Combine { lhs, rhs, .. }
            | Expr::Compare { lhs, rhs, .. }
            | Expr::Arithmetic { lhs, rhs, .. }
            | Expr::Assign { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::Membership {
                key,
                value,
                collection,
                ..
            } => {
                if let Some(key) = key {
                    self.expr(key);
                }
                self.expr(value);
                self.expr(collection);
            }
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
        }
    }

    /// A reference of several parts: where it leads, and what stands in its brackets.
    fn path(&mut self, expr: &'m Expr) {
        self.found.extend(self.reference(expr));
        let mut current = expr;
        loop {
            match current {
                Expr::RefDot { refr, .. } => current = refr,
                Expr::RefBrack { refr, index, .. } => {
                    self.expr(index);
                    current = refr;
                }
                Expr::Var { .. } => break,
                _ => {
                    self.expr(current);
                    break;
                }
            }
        }
    }
}

/// The variables of a pattern.
fn variables<'m>(pattern: &'m Expr, names: &mut BTreeSet<&'m str>) {
    match pattern {
        Expr::Var { value, .. } => drop(names.insert(value)),
        Expr::Array { items, .. } => items.iter().for_each(|item| variables(item, names)),
        Expr::Object { fields, .. } => {
            for (_, _, value) in fields {
                variables(value, names);
            }
        }
        _ => {}
    }
}
