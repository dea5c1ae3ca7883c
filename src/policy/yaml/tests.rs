//! Values, places and refusals of the YAML door.

use std::collections::BTreeMap;

use miette::Diagnostic;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::*;

fn value(text: &str) -> Value {
    read(ProblemKind::Yaml, "x.yaml", text)
        .unwrap_or_else(|problem| panic!("{text}: {problem}"))
        .into_value()
}

fn refused(text: &str) -> Problem {
    match read(ProblemKind::Yaml, "x.yaml", text) {
        Ok(document) => panic!("{text:?} is read as {}", document.value()),
        Err(problem) => problem,
    }
}

/// The text a problem points at.
fn pointed(problem: &Problem) -> String {
    let labels: Vec<_> = problem.labels().into_iter().flatten().collect();
    let [label] = labels.as_slice() else {
        panic!("{problem} points at {} places", labels.len());
    };
    let code = problem.source_code().unwrap();
    let contents = code.read_span(label.inner(), 0, 0).unwrap();
    let all = String::from_utf8(contents.data().to_vec()).unwrap();
    let (_, from_start) = all.split_at(label.offset().abs_diff(contents.span().offset()));
    from_start.split_at(label.len()).0.to_owned()
}

#[test]
fn the_core_schema_decides_what_a_plain_scalar_is() {
    for (text, wanted) in [
        ("", json!(null)),
        ("# nothing\n", json!(null)),
        ("~", json!(null)),
        (
            "[null, Null, NULL, nUll]",
            json!([null, null, null, "nUll"]),
        ),
        (
            "[true, True, TRUE, yes, no, on, off]",
            json!([true, true, true, "yes", "no", "on", "off"]),
        ),
        ("[0, -1, +2, 0o17, 0x1F]", json!([0, -1, 2, 15, 31])),
        ("[1.5, -.5, 1e3, 2.]", json!([1.5, -0.5, 1000.0, 2.0])),
        (
            "[1.2.3, 2026-01-02, 1_000, 0b1, .]",
            json!(["1.2.3", "2026-01-02", "1_000", "0b1", "."]),
        ),
        ("['1', \"true\", \"a\\tb\"]", json!(["1", "true", "a\tb"])),
        (
            "[18446744073709551615, -9223372036854775808]",
            json!([u64::MAX, i64::MIN]),
        ),
        ("!!str 1", json!("1")),
        ("! 1", json!("1")),
        ("!!map {a: !!int 1, b: !!float 1}", json!({"a": 1, "b": 1})),
        (
            "a: |\n  x\n  y\nb: >-\n  x\n  y\n",
            json!({"a": "x\ny\n", "b": "x y"}),
        ),
        ("\u{feff}a: 1\n", json!({"a": 1})),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused_at_its_place() {
    for (text, at, says) in [
        ("a: 1\nb: 2\na: 3\n", "a", "given twice"),
        ("a: 1\n---\nb: 2\n", "---", "second document"),
        ("a: 1\n1: b\n", "1", "not a string"),
        ("a: 1\ntrue: b\n", "true", "not a string"),
        ("a: 010\n", "010", "begins with a zero"),
        ("a: .inf\n", ".inf", "finite"),
        ("a: -.INF\n", "-.INF", "finite"),
        ("a: .nan\n", ".nan", "finite"),
        ("a: 1e999\n", "1e999", "64 bits"),
        (
            "a: 18446744073709551616\n",
            "18446744073709551616",
            "64 bits",
        ),
        ("a: !secret x\n", "!secret x", "tag"),
        ("a: !!binary aGk=\n", "!!binary aGk=", "tag"),
        ("a: !!int x\n", "!!int x", "!!int"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", "<<", "merge keys"),
        ("a: &a [*a]\n", "*a", "inside what it names"),
        ("&a x: 1\n*a : 2\n", "*a", "cannot be an alias"),
        ("{a: 1}: 2\n", "{", "a key has to be a string"),
        ("a: \"x\\0\"\n", "\"x\\0\"", "U+0000"),
    ] {
        let problem = refused(text);
        assert!(problem.message.contains(says), "{text}: {problem}");
        assert!(
            pointed(&problem).starts_with(at),
            "{text}: {}",
            pointed(&problem)
        );
        assert!(problem.help.is_some(), "{text}");
        assert_eq!(problem.kind, ProblemKind::Yaml, "{text}");
    }
}

#[test]
fn what_is_no_yaml_is_refused_with_its_line() {
    for (text, line) in [
        ("a: [1, 2\nb: 3\n", 2),
        ("a: 'x\n", 1),
        ("a: 1\n\tb: 2\n", 1),
        ("a: *nowhere\n", 1),
        ("a: b: c\n", 1),
        ("a: 1\n@x\n", 2),
    ] {
        let problem = refused(text);
        assert_eq!(problem.line, Some(line), "{text}: {problem}");
    }
}

#[test]
fn a_control_character_is_refused_and_never_printed() {
    for character in ['\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}', '\u{2028}'] {
        let problem = refused(&format!("ä: 1\nb: x{character}y\n"));
        assert_eq!(problem.line, Some(2));
        assert_eq!(pointed(&problem), "\u{fffd}");
    }
}

#[test]
fn a_bomb_ends_at_the_limit_and_a_few_anchors_do_not() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    assert_eq!(refused(&bomb).kind, ProblemKind::TooLarge);
    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        vec!["*a"; 1000].join(", ")
    );
    assert_eq!(refused(&long).kind, ProblemKind::TooLarge);
    let mut tower = "a0: &a0 [x]\n".to_owned();
    for level in 1..70 {
        tower.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(refused(&tower).message.contains("deep"));
    let shared = "a: &a [1, 2]\nb: *a\nc: {d: *a}\n";
    assert_eq!(
        value(shared),
        json!({"a": [1, 2], "b": [1, 2], "c": {"d": [1, 2]}})
    );
}

#[test]
fn depth_and_size_have_limits() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    value(&nested(MAX_DEPTH));
    assert_eq!(refused(&nested(MAX_DEPTH + 1)).kind, ProblemKind::TooLarge);
    refused(&"[".repeat(MAX_BYTES));
    refused(&"{a: ".repeat(MAX_BYTES / 4));
    refused(&"- ".repeat(MAX_BYTES / 2));
    refused(&"? ".repeat(MAX_BYTES / 2));
    let many = "- 1\n".repeat(MAX_NODES);
    assert_eq!(refused(&many).kind, ProblemKind::TooLarge);
    let long = "#".repeat(MAX_BYTES + 1);
    assert_eq!(refused(&long).kind, ProblemKind::TooLarge);
}

const TEXT: &str = "\
# Größe: weights come later
name: weights   # a name
weights:
  fhs.x: 3
  \"a/b~c\": [10, ähm, {d: null, e: }]
empty:
long: |
  one
  two
same: &same {a: 1}
other: *same
";

#[test]
fn every_key_and_value_has_its_place() {
    let document = read(ProblemKind::Yaml, "x.yaml", TEXT).unwrap();
    let value = |pointer: &str| pointed(&document.problem(ProblemKind::Yaml, pointer, "m"));
    let key = |pointer: &str| {
        let problem = Problem::in_file(ProblemKind::Yaml, "x.yaml", "m");
        pointed(&document.at_key(problem, pointer))
    };
    for (pointer, wanted) in [
        ("/name", "weights"),
        ("/weights/fhs.x", "3"),
        ("/weights", "weights"),
        ("/weights/a~1b~0c/0", "10"),
        ("/weights/a~1b~0c/1", "ähm"),
        ("/weights/a~1b~0c/2/d", "null"),
        ("/weights/a~1b~0c/2/e", "e"),
        ("/empty", "empty"),
        ("/long", "long"),
        ("/other/a", "*same"),
        ("/weights/nothing", "weights"),
    ] {
        assert_eq!(value(pointer), wanted, "{pointer}");
    }
    assert_eq!(key("/weights/fhs.x"), "fhs.x");
    assert_eq!(key("/weights/a~1b~0c"), "\"a/b~c\"");
    assert_eq!(key("/weights/a~1b~0c/1"), "ähm");
    let problem = document.problem(ProblemKind::Yaml, "/weights/fhs.x", "m");
    assert_eq!(problem.line, Some(4));
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sample {
    #[serde(default)]
    name: String,
    #[serde(default)]
    weights: BTreeMap<String, f64>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    mode: Option<Mode>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Low,
    High,
}

#[test]
fn a_type_that_does_not_fit_is_said_at_the_value_and_a_key_at_the_key() {
    for (text, at, says, help) in [
        (
            "wieghts: {}\n",
            "wieghts",
            "no key `wieghts`",
            "did you mean `weights`?",
        ),
        (
            "quite_other: {}\n",
            "quite_other",
            "no key",
            "known are name, weights, rules, mode",
        ),
        (
            "weights:\n  a.b: much\n",
            "much",
            "`a.b` is a string, where a number belongs",
            "without quotes",
        ),
        (
            "weights: [1]\n",
            "[1]",
            "`weights` is a list, where a map belongs",
            "key: value",
        ),
        (
            "rules: x\n",
            "x",
            "`rules` is a string, where a list belongs",
            "- ",
        ),
        (
            "name: 3\n",
            "3",
            "`name` is a number, where a string belongs",
            "quotes",
        ),
        (
            "mode: hgih\n",
            "hgih",
            "`hgih` is not known here",
            "did you mean `high`?",
        ),
        (
            "[1]\n",
            "[1]",
            "the file is a list, where a map belongs",
            "key: value",
        ),
    ] {
        let document = read(ProblemKind::Yaml, "x.yaml", text).unwrap();
        let problem = document
            .decode::<Sample>(ProblemKind::InvalidValue)
            .unwrap_err();
        assert_eq!(pointed(&problem), at, "{text}");
        assert!(problem.message.contains(says), "{text}: {problem}");
        let given = problem.help.clone().unwrap_or_default();
        assert!(given.contains(help), "{text}: {given}");
    }
}

#[test]
fn all_problems_of_a_file_are_said_at_once_and_the_rest_is_read() {
    let text = "naem: x\nweights: {a: 1, b: x, c: 2, d: []}\nrules: [a, 1]\nmode: low\n";
    let document = read(ProblemKind::Yaml, "x.yaml", text).unwrap();
    let (sample, problems) = document.decode_all::<Sample>(ProblemKind::InvalidValue);
    let pointed: Vec<String> = problems.iter().map(pointed).collect();
    assert_eq!(pointed, ["naem", "x", "[]", "1"]);
    let weights = BTreeMap::from([("a".to_owned(), 1.0), ("c".to_owned(), 2.0)]);
    assert_eq!(sample.weights, weights);
    assert_eq!(sample.mode, Some(Mode::Low));
    assert_eq!(sample.rules, Vec::<String>::new());
}

#[test]
fn an_empty_text_decodes_like_an_empty_map() {
    let document = read(ProblemKind::Yaml, "x.yaml", "# later\n").unwrap();
    assert_eq!(
        document.decode::<Sample>(ProblemKind::Yaml).unwrap(),
        Sample::default()
    );
}

#[test]
fn the_pack_reads_as_another_parser_reads_it() {
    let files = crate::policy::files::embedded();
    let yaml: Vec<_> = files.iter().filter(|file| file.is_yaml()).collect();
    assert!(yaml.len() > 20);
    for file in yaml {
        let document = read(ProblemKind::Yaml, &file.name, &file.text)
            .unwrap_or_else(|problem| panic!("{}", problem.sentence()));
        let other: Value = yaml_serde::from_str(&file.text).unwrap();
        assert_eq!(*document.value(), other, "{}", file.name);
    }
}

/// Pieces that mean something to YAML.
const PIECES: [&str; 34] = [
    "\n",
    "\n  ",
    "- ",
    "? ",
    ": ",
    "a: ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "&a ",
    "*a",
    "! ",
    "!!str ",
    "| \n",
    ">-\n",
    "'",
    "\"",
    " # ",
    "%YAML 1.2\n",
    "%TAG ! x:\n",
    "---",
    "...",
    "\t",
    "<<: ",
    "\\x",
    "\u{feff}",
    "\r\n",
    "é",
    "0x1",
    "1e3",
    "~",
    "word",
];

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(|number: f64| json!(number)),
        "[ -~äß\\n\\t]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map("[ -~]{1,8}", inner, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_json_reads_as_json(wanted in json_value(), pretty: bool) {
        let text = match pretty {
            true => serde_json::to_string_pretty(&wanted).unwrap(),
            false => wanted.to_string(),
        };
        prop_assert_eq!(value(&text), wanted);
    }

    /// An answer or a problem that can be printed, and no other answer than another parser's.
    #[test]
    fn no_text_panics_or_is_read_in_a_way_of_its_own(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
    ) {
        let text = format!("key: {}\n", pieces.concat());
        match read(ProblemKind::Yaml, "x.yaml", &text) {
            Ok(document) => {
                if let Ok(other) = yaml_serde::from_str::<Value>(&text) {
                    prop_assert_eq!(document.value(), &other, "{}", text);
                }
            }
            Err(problem) => {
                let last = text.split('\n').count();
                prop_assert!(problem.line.is_some_and(|line| line <= last), "{}", text);
                prop_assert!(!pointed(&problem).contains('\n'));
            }
        }
    }
}
