//! The syntax tree of a Rego module, as far as the load-time checks and `trace` look at it.
//!
//! `engine` takes its own tree over into these types, so that no other file needs to know it.

/// A place in a module's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// Line, from 1.
    pub(super) line: usize,
    /// First byte.
    pub(super) start: usize,
    /// Byte after the last.
    pub(super) end: usize,
}

impl Span {
    /// The text at this place.
    pub(super) fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// One module.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) package: Package,
    pub(super) imports: Vec<Import>,
    pub(super) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct Package {
    pub(super) span: Span,
    pub(super) refr: Expr,
}

#[derive(Debug)]
pub(super) struct Import {
    pub(super) refr: Expr,
    pub(super) alias: Option<Span>,
}

#[derive(Debug)]
pub(super) enum Rule {
    Spec {
        span: Span,
        head: RuleHead,
        bodies: Vec<RuleBody>,
    },
    Default {
        span: Span,
        refr: Expr,
        value: Expr,
    },
}

#[derive(Debug)]
pub(super) enum RuleHead {
    /// A complete rule.
    Compr {
        refr: Expr,
        assign: Option<RuleAssign>,
    },
    /// `contains`.
    Set { refr: Expr, key: Option<Expr> },
    /// A function.
    Func {
        refr: Expr,
        args: Vec<Expr>,
        assign: Option<RuleAssign>,
    },
}

#[derive(Debug)]
pub(super) struct RuleAssign {
    pub(super) value: Expr,
}

#[derive(Debug)]
pub(super) struct RuleBody {
    pub(super) assign: Option<RuleAssign>,
    pub(super) query: Query,
}

#[derive(Debug)]
pub(super) struct Query {
    pub(super) stmts: Vec<Statement>,
}

#[derive(Debug)]
pub(super) struct Statement {
    pub(super) span: Span,
    pub(super) literal: Literal,
    pub(super) with_mods: Vec<With>,
}

#[derive(Debug)]
pub(super) struct With {
    pub(super) span: Span,
    /// What is replaced.
    pub(super) target: Expr,
    pub(super) value: Expr,
}

#[derive(Debug)]
pub(super) enum Literal {
    /// `some x, y` without a collection.
    SomeVars {
        vars: Vec<Span>,
    },
    SomeIn {
        key: Option<Box<Expr>>,
        value: Box<Expr>,
        collection: Box<Expr>,
    },
    Expr {
        expr: Expr,
    },
    NotExpr {
        expr: Expr,
    },
    Every {
        key: Option<Span>,
        value: Span,
        domain: Expr,
        query: Query,
    },
}

#[derive(Debug)]
pub(super) enum Expr {
    String {
        span: Span,
        value: String,
    },
    RawString {
        span: Span,
        value: String,
    },
    Number {
        span: Span,
        /// Infinite where it does not fit.
        value: f64,
    },
    Bool {
        span: Span,
    },
    Null {
        span: Span,
    },
    Var {
        span: Span,
        value: String,
    },
    Array {
        span: Span,
        items: Vec<Expr>,
    },
    Set {
        span: Span,
        items: Vec<Expr>,
    },
    Object {
        span: Span,
        fields: Vec<(Span, Expr, Expr)>,
    },
    ArrayCompr {
        span: Span,
        term: Box<Expr>,
        query: Query,
    },
    SetCompr {
        span: Span,
        term: Box<Expr>,
        query: Query,
    },
    ObjectCompr {
        span: Span,
        key: Box<Expr>,
        value: Box<Expr>,
        query: Query,
    },
    Call {
        span: Span,
        fcn: Box<Expr>,
        params: Vec<Expr>,
    },
    Unary {
        span: Span,
        expr: Box<Expr>,
    },
    RefDot {
        span: Span,
        refr: Box<Expr>,
        field: (Span, String),
    },
    RefBrack {
        span: Span,
        refr: Box<Expr>,
        index: Box<Expr>,
    },
    Combine {
        span: Span,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    Compare {
        span: Span,
        /// `==` or `!=`; the others compare by order.
        is_equality: bool,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    Arithmetic {
        span: Span,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    Assign {
        span: Span,
        /// `:=`; `=` binds what is not bound yet.
        declares: bool,
        lhs: Box<Expr>,
        rhs: Box<Expr>,
    },
    Membership {
        span: Span,
        key: Option<Box<Expr>>,
        value: Box<Expr>,
        collection: Box<Expr>,
    },
}

impl Expr {
    /// Where the expression is. The quotes of a text are not part of it.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::String { span, .. }
            | Self::RawString { span, .. }
            | Self::Number { span, .. }
            | Self::Bool { span }
            | Self::Null { span }
            | Self::Var { span, .. }
            | Self::Array { span, .. }
            | Self::Set { span, .. }
            | Self::Object { span, .. }
            | Self::ArrayCompr { span, .. }
            | Self::SetCompr { span, .. }
            | Self::ObjectCompr { span, .. }
            | Self::Call { span, .. }
            | Self::Unary { span, .. }
            | Self::RefDot { span, .. }
            | Self::RefBrack { span, .. }
            | Self::Combine { span, .. }
            | Self::Compare { span, .. }
            | Self::Arithmetic { span, .. }
            | Self::Assign { span, .. }
            | Self::Membership { span, .. } => *span,
        }
    }

    /// The reference as names, if it is made of a variable and fixed fields only:
    /// `data.a["b"].c` is `[data, a, b, c]`.
    pub(super) fn static_path(&self) -> Option<Vec<String>> {
        let mut reversed = Vec::new();
        let mut current = self;
        loop {
            match current {
                Self::Var { value, .. } => {
                    reversed.push(value.clone());
                    break;
                }
                Self::RefDot { refr, field, .. } => {
                    reversed.push(field.1.clone());
                    current = refr;
                }
                Self::RefBrack { refr, index, .. } => {
                    reversed.push(index.as_text()?.to_owned());
                    current = refr;
                }
                _ => return None,
            }
        }
        reversed.reverse();
        Some(reversed)
    }

    /// The text of a string literal.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::String { value, .. } | Self::RawString { value, .. } => Some(value),
            _ => None,
        }
    }

    /// First name of a reference: `x` of `x[_].y`.
    pub(super) fn root_name(&self) -> Option<&str> {
        let mut current = self;
        loop {
            match current {
                Self::Var { value, .. } => return Some(value),
                Self::RefDot { refr, .. } | Self::RefBrack { refr, .. } => current = refr,
                _ => return None,
            }
        }
    }
}

impl Rule {
    /// Where the rule is.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Spec { span, .. } | Self::Default { span, .. } => *span,
        }
    }

    /// Name of the rule: the first name of its head.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Default { refr, .. } => refr.root_name(),
            Self::Spec { head, .. } => match head {
                RuleHead::Compr { refr, .. }
                | RuleHead::Set { refr, .. }
                | RuleHead::Func { refr, .. } => refr.root_name(),
            },
        }
    }
}
