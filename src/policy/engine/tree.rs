//! The engine's syntax tree, taken over into [`crate::policy::syntax`].
//!
//! Node by node, and not through JSON: serialising the trees of the shipped pack takes several
//! times as long as parsing it.

use regorus::unstable as engine;

use crate::policy::syntax::{
    Expr, Import, Literal, Module, Package, Query, Rule, RuleAssign, RuleBody, RuleHead, Span,
    Statement, With,
};

/// One module. The depth of the tree is bounded by `nesting`.
pub(super) fn module(from: &engine::Module) -> Module {
    Module {
        package: Package {
            span: span(&from.package.span),
            refr: expr(&from.package.refr),
        },
        imports: from.imports.iter().map(import).collect(),
        rules: from.policy.iter().map(|rule| self::rule(rule)).collect(),
    }
}

fn import(from: &engine::Import) -> Import {
    Import {
        refr: expr(&from.refr),
        alias: from.r#as.as_ref().map(span),
    }
}

fn span(from: &engine::Span) -> Span {
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Span {
        line: size(from.line),
        start: size(from.start),
        end: size(from.end),
    }
}

fn rule(from: &engine::Rule) -> Rule {
    match from {
        engine::Rule::Spec {
            span: at,
            head,
            bodies,
        } => Rule::Spec {
            span: span(at),
            head: rule_head(head),
            bodies: bodies.iter().map(body).collect(),
        },
        engine::Rule::Default {
            span: at,
            refr,
            value,
            ..
        } => Rule::Default {
            span: span(at),
            refr: expr(refr),
            value: expr(value),
        },
    }
}

fn rule_head(from: &engine::RuleHead) -> RuleHead {
    match from {
        engine::RuleHead::Compr { refr, assign, .. } => RuleHead::Compr {
            refr: expr(refr),
            assign: assign.as_ref().map(self::assign),
        },
        engine::RuleHead::Set { refr, key, .. } => RuleHead::Set {
            refr: expr(refr),
            key: key.as_deref().map(expr),
        },
        engine::RuleHead::Func {
            refr, args, assign, ..
        } => RuleHead::Func {
            refr: expr(refr),
            args: exprs(args),
            assign: assign.as_ref().map(self::assign),
        },
    }
}

fn assign(from: &engine::RuleAssign) -> RuleAssign {
    RuleAssign {
        value: expr(&from.value),
    }
}

fn body(from: &engine::RuleBody) -> RuleBody {
    RuleBody {
        assign: from.assign.as_ref().map(assign),
        query: query(&from.query),
    }
}

fn query(from: &engine::Query) -> Query {
    let statement = |from: &engine::LiteralStmt| Statement {
        span: span(&from.span),
        literal: literal(&from.literal),
        with_mods: from.with_mods.iter().map(with).collect(),
    };
    Query {
        stmts: from.stmts.iter().map(statement).collect(),
    }
}

fn with(from: &engine::WithModifier) -> With {
    With {
        span: span(&from.span),
        target: expr(&from.refr),
        value: expr(&from.r#as),
    }
}

fn literal(from: &engine::Literal) -> Literal {
    match from {
        engine::Literal::SomeVars { vars, .. } => Literal::SomeVars {
            vars: vars.iter().map(span).collect(),
        },
        engine::Literal::SomeIn {
            key,
            value,
            collection,
            ..
        } => Literal::SomeIn {
            key: key.as_deref().map(boxed),
            value: boxed(value),
            collection: boxed(collection),
        },
        engine::Literal::Expr { expr: inner, .. } => Literal::Expr { expr: expr(inner) },
        engine::Literal::NotExpr { expr: inner, .. } => Literal::NotExpr { expr: expr(inner) },
        engine::Literal::Every {
            key,
            value,
            domain,
            query: inner,
            ..
        } => Literal::Every {
            key: key.as_ref().map(span),
            value: span(value),
            domain: expr(domain),
            query: query(inner),
        },
    }
}

fn boxed(from: &engine::Expr) -> Box<Expr> {
    Box::new(expr(from))
}

fn exprs(from: &[engine::Ref<engine::Expr>]) -> Vec<Expr> {
    from.iter().map(|item| expr(item)).collect()
}

/// The text of a value that the parser made from a name or a string.
fn text(from: &regorus::Value) -> String {
    from.as_string()
        .map(|text| text.to_string())
        .unwrap_or_default()
}

fn expr(from: &engine::Expr) -> Expr {
    let span = self::span(from.span());
    match from {
        engine::Expr::String { value, .. } => Expr::String {
            span,
            value: text(value),
        },
        engine::Expr::RawString { value, .. } => Expr::RawString {
            span,
            value: text(value),
        },
        engine::Expr::Number { value, .. } => Expr::Number {
            span,
            value: value.as_f64().unwrap_or(f64::INFINITY),
        },
        engine::Expr::Bool { .. } => Expr::Bool { span },
        engine::Expr::Null { .. } => Expr::Null { span },
        engine::Expr::Var { value, .. } => Expr::Var {
            span,
            value: text(value),
        },
        engine::Expr::RefDot { refr, field, .. } => Expr::RefDot {
            span,
            refr: boxed(refr),
            field: (self::span(&field.0), text(&field.1)),
        },
        engine::Expr::RefBrack { refr, index, .. } => Expr::RefBrack {
            span,
            refr: boxed(refr),
            index: boxed(index),
        },
        engine::Expr::Call { fcn, params, .. } => Expr::Call {
            span,
            fcn: boxed(fcn),
            params: exprs(params),
        },
        _ => made(from, span),
    }
}

/// A value made in the rule: a collection, a comprehension, or two values combined.
fn made(from: &engine::Expr, span: Span) -> Expr {
    match from {
        engine::Expr::Array { items, .. } => Expr::Array {
            span,
            items: exprs(items),
        },
        engine::Expr::Set { items, .. } => Expr::Set {
            span,
            items: exprs(items),
        },
        engine::Expr::Object { fields, .. } => Expr::Object {
            span,
            fields: fields
                .iter()
                .map(|(at, key, value)| (self::span(at), expr(key), expr(value)))
                .collect(),
        },
        engine::Expr::ArrayCompr {
            term, query: inner, ..
        } => Expr::ArrayCompr {
            span,
            term: boxed(term),
            query: query(inner),
        },
        engine::Expr::SetCompr {
            term, query: inner, ..
        } => Expr::SetCompr {
            span,
            term: boxed(term),
            query: query(inner),
        },
        engine::Expr::ObjectCompr {
            key,
            value,
            query: inner,
            ..
        } => Expr::ObjectCompr {
            span,
            key: boxed(key),
            value: boxed(value),
            query: query(inner),
        },
        engine::Expr::Membership {
            key,
            value,
            collection,
            ..
        } => Expr::Membership {
            span,
            key: key.as_deref().map(boxed),
            value: boxed(value),
            collection: boxed(collection),
        },
        _ => operation(from, span),
    }
}

fn operation(from: &engine::Expr, span: Span) -> Expr {
    match from {
        engine::Expr::UnaryExpr { expr: inner, .. } => Expr::Unary {
            span,
            expr: boxed(inner),
        },
        engine::Expr::BinExpr { lhs, rhs, .. } => Expr::Combine {
            span,
            lhs: boxed(lhs),
            rhs: boxed(rhs),
        },
        engine::Expr::BoolExpr { op, lhs, rhs, .. } => Expr::Compare {
            span,
            is_equality: matches!(op, engine::BoolOp::Eq | engine::BoolOp::Ne),
            lhs: boxed(lhs),
            rhs: boxed(rhs),
        },
        engine::Expr::ArithExpr { lhs, rhs, .. } => Expr::Arithmetic {
            span,
            lhs: boxed(lhs),
            rhs: boxed(rhs),
        },
        engine::Expr::AssignExpr { op, lhs, rhs, .. } => Expr::Assign {
            span,
            declares: matches!(op, engine::AssignOp::ColEq),
            lhs: boxed(lhs),
            rhs: boxed(rhs),
        },
        // Every other kind is handled above.
        _ => Expr::Null { span },
    }
}
