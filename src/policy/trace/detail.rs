//! The values in an expression that did not hold.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tree::{Form, Kind, Node, Role};
use super::{PROBE, Statement, lines};

/// Operands looked at in one expression.
const MAX_OPERANDS: usize = 12;

/// Elements named on each side of a difference.
const MAX_DIFFERENT: usize = 20;

/// A part of an expression with its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operand {
    /// `left`, `right`, `value`, `collection`, `argument`, `counted`, `fails for`, or `defined` for
    /// the longest part of an undefined reference that has a value.
    pub role: String,
    /// As written.
    pub text: String,
    /// Its value; none where it is undefined.
    pub value: Option<Value>,
    /// Further values, where it has several for one solution.
    pub more: usize,
}

/// How the two sides of a comparison differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Elements, or fields, of the left side alone.
    pub only_left: Vec<Value>,
    /// Elements, or fields, of the right side alone.
    pub only_right: Vec<Value>,
}

/// An operand to ask for.
pub(super) struct Wanted {
    role: &'static str,
    text: String,
    shown: Shown,
}

enum Shown {
    Always,
    /// Shown when the operand it is part of is undefined and this is the longest defined part.
    PartOf(String),
    /// Elements of the domain for which the body of `every` fails.
    Failing {
        names: String,
        body: Vec<String>,
    },
}

impl Wanted {
    fn new(role: &'static str, node: &Node) -> Self {
        Self {
            role,
            text: node.text.clone(),
            shown: Shown::Always,
        }
    }

    /// An expression that is the list of the operand's values, for each solution of `before`.
    pub(super) fn query(&self, statement: &Statement, before: &[Statement]) -> String {
        let (text, with) = (&self.text, &statement.with);
        let values = match &self.shown {
            Shown::Failing { names, body } => format!(
                "[{{{}}} |\n\tsome {names} in {text} {with}\n\tcount([1 |\n\ttrue\n\t{}\n\t]) == 0\n\t]",
                pairs(names),
                body.join("\n\t")
            ),
            _ => format!("[{PROBE}value |\n\t{PROBE}value := ({text}) {with}\n\t]"),
        };
        format!("[{values} |\n{}]", lines(before))
    }
}

/// `k, v` as the fields of an object.
fn pairs(names: &str) -> String {
    let names = names.split(", ");
    let fields: Vec<String> = names.map(|name| format!("\"{name}\": {name}")).collect();
    fields.join(", ")
}

/// What to ask about an expression.
pub(super) fn wanted(statement: &Statement) -> Vec<Wanted> {
    let mut found = Vec::new();
    match &statement.form {
        Form::Declaration => {}
        Form::SomeIn { collection } => add("collection", collection, &mut found),
        Form::Every {
            domain,
            names,
            body,
        } => {
            add("collection", domain, &mut found);
            found.push(Wanted {
                role: "fails for",
                text: domain.text.clone(),
                shown: Shown::Failing {
                    names: names.clone(),
                    body: body.clone(),
                },
            });
        }
        Form::Expression(node) => operands(node, &mut found),
        Form::Not(node) => {
            add("value", node, &mut found);
            if !node.is_reference() {
                operands(node, &mut found);
            }
        }
    }
    found.truncate(MAX_OPERANDS);
    found
}

fn operands(node: &Node, found: &mut Vec<Wanted>) {
    let shown: &[(Role, &'static str)] = match node.kind {
        Kind::Comparison => &[(Role::Left, "left"), (Role::Right, "right")],
        Kind::Assignment => &[(Role::Right, "right")],
        Kind::Membership => &[(Role::Value, "value"), (Role::Collection, "collection")],
        Kind::Call => {
            for argument in node.arguments() {
                if argument.kind != Kind::Literal {
                    add("argument", argument, found);
                }
            }
            return;
        }
        Kind::Literal | Kind::Reference | Kind::Other => return add("value", node, found),
    };
    for (role, name) in shown {
        if let Some(part) = node.part(*role) {
            add(name, part, found);
        }
    }
}

/// An operand, what it counts, and the parts of a reference.
fn add(role: &'static str, node: &Node, found: &mut Vec<Wanted>) {
    found.push(Wanted::new(role, node));
    let is_count = node.function().is_some_and(|name| name.text == "count");
    if is_count {
        for argument in node.arguments() {
            found.push(Wanted::new("counted", argument));
        }
    }
    let mut part = node;
    while part.is_reference() {
        let Some(inner) = part.part(Role::Of) else {
            break;
        };
        if inner.text != "input" && inner.text != "data" {
            found.push(Wanted {
                role: "defined",
                text: inner.text.clone(),
                shown: Shown::PartOf(node.text.clone()),
            });
        }
        part = inner;
    }
}

/// Puts operands and answers together.
pub(super) fn answer(
    wanted: Vec<Wanted>,
    values: Vec<Result<Value, String>>,
) -> (Vec<Operand>, Option<Difference>) {
    let mut operands: Vec<Operand> = Vec::new();
    for (wanted, value) in wanted.into_iter().zip(values) {
        let first = value.ok().and_then(|list| list.get(0).cloned());
        let Some(Value::Array(mut values)) = first else {
            continue;
        };
        let is_failing = matches!(wanted.shown, Shown::Failing { .. });
        let (value, more) = match (is_failing, values.len()) {
            (_, 0) => (None, 0),
            (true, _) => (Some(Value::Array(values)), 0),
            (false, many) => (Some(values.swap_remove(0)), many.saturating_sub(1)),
        };
        if let Shown::PartOf(whole) = &wanted.shown {
            let is_undefined = |one: &Operand| one.text == *whole && one.value.is_none();
            let has_longer = |one: &Operand| {
                one.role == "defined" && whole.starts_with(&one.text) && one.value.is_some()
            };
            if value.is_none()
                || !operands.iter().any(is_undefined)
                || operands.iter().any(has_longer)
            {
                continue;
            }
        }
        operands.push(Operand {
            role: wanted.role.to_owned(),
            text: wanted.text,
            value,
            more,
        });
    }
    let side = |role: &str| {
        let operand = operands.iter().find(|operand| operand.role == role)?;
        operand.value.clone()
    };
    let difference = side("left").zip(side("right"));
    let difference = difference.and_then(|(left, right)| differ(&left, &right));
    (operands, difference)
}

/// What is on one side only; none where the sides are not both lists or both objects.
fn differ(left: &Value, right: &Value) -> Option<Difference> {
    let only = |these: &[Value], those: &[Value]| -> Vec<Value> {
        let others = these.iter().filter(|item| !those.contains(item));
        others.take(MAX_DIFFERENT).cloned().collect()
    };
    let difference = match (left, right) {
        (Value::Array(left), Value::Array(right)) => Difference {
            only_left: only(left, right),
            only_right: only(right, left),
        },
        (Value::Object(left), Value::Object(right)) => {
            let fields = |one: &serde_json::Map<String, Value>| -> Vec<Value> {
                one.iter()
                    .map(|(name, value)| {
                        Value::Object(serde_json::Map::from_iter([(name.clone(), value.clone())]))
                    })
                    .collect()
            };
            let (left, right) = (fields(left), fields(right));
            Difference {
                only_left: only(&left, &right),
                only_right: only(&right, &left),
            }
        }
        _ => return None,
    };
    let is_empty = difference.only_left.is_empty() && difference.only_right.is_empty();
    (!is_empty).then_some(difference)
}

/// The rules and functions an expression refers to, with the arguments of calls.
pub(super) fn followed(statement: &Statement) -> Vec<(&Node, Vec<&str>)> {
    let roots: Vec<&Node> = match &statement.form {
        Form::Declaration => Vec::new(),
        Form::SomeIn { collection } => vec![collection],
        Form::Every { domain, .. } => vec![domain],
        Form::Expression(node) | Form::Not(node) => vec![node],
    };
    let mut found: Vec<(&Node, Vec<&str>)> = Vec::new();
    for node in roots.into_iter().flat_map(Node::walk) {
        if let Some(function) = node.function() {
            let arguments = node.arguments();
            found.push((
                function,
                arguments.iter().map(|one| one.text.as_str()).collect(),
            ));
        } else if node.is_reference() {
            found.push((node, Vec::new()));
        }
    }
    found
}
