//! Configuration and history, values of variables left out.

use freehold::facts::model::Health;
use freehold::facts::redact_instruction;
use serde_json::json;

use super::{facts_of, image, printed};
use crate::support::image_builder::ImageBuilder;
use crate::support::layer::Layer;

fn two_layers() -> ImageBuilder {
    image([Layer::new().file("a", "1"), Layer::new().file("b", "2")])
}

fn with_history(steps: serde_json::Value) -> freehold::facts::model::Facts {
    facts_of(&two_layers().top_level_field("history", steps))
}

#[test]
fn variables_are_named_and_their_values_never_printed() {
    let facts = facts_of(&two_layers().env("B_TOKEN", "hunter2").env("A", "x=hunter2"));
    assert_eq!(facts.image.config.env_names, ["A", "B_TOKEN"]);
    assert!(!printed(&facts).contains("hunter2"));
}

#[test]
fn steps_that_made_layers_are_paired_with_them() {
    let facts = with_history(json!([
        {"created_by": "COPY a /"},
        {"created_by": "CMD [\"x\"]", "empty_layer": true},
        {"created_by": "COPY b /"},
    ]));
    let paired: Vec<_> = facts.image.history.iter().map(|step| step.layer).collect();
    assert_eq!(paired, [Some(1), None, Some(2)]);
    let made_by: Vec<_> = facts
        .image
        .layers
        .iter()
        .map(|l| l.created_by.as_deref())
        .collect();
    assert_eq!(made_by, [Some("COPY a /"), Some("COPY b /")]);
}

#[test]
fn a_history_of_another_length_is_paired_with_nothing() {
    let facts = with_history(json!([{"created_by": "COPY a /"}]));
    assert_eq!(facts.image.history[0].layer, None);
    assert!(
        facts
            .image
            .layers
            .iter()
            .all(|layer| layer.created_by.is_none())
    );
}

#[test]
fn values_of_variables_never_get_out_of_the_history() {
    let instructions = [
        "/bin/sh -c #(nop)  ENV A=hunter2",
        "ENV A=1 B=hunter2 C=3",
        "ENV A=\"one hunter2= two\" # buildkit",
        "ENV A hunter2",
        "/bin/sh -c #(nop) ENV A hunter2 and more",
        "env A=hunter2",
        "ARG A=hunter2",
        "RUN |1 A=hunter2 /bin/sh -c make # buildkit",
        "|2 A=x B=hunter2 /bin/sh -c make",
        "RUN |1 A=one hunter2 /bin/sh -c make",
        "RUN |1 A=hunter2 /bin/bash -c make",
        "RUN |1 A=hunter2",
        "RUN /bin/sh -c API_TOKEN=hunter2 make",
        "RUN /bin/sh -c make --password=hunter2",
        "RUN /bin/sh -c make --password hunter2",
        "RUN /bin/sh -c set -e\n\tB=1\n\tDB_PASSWORD=hunter2 make",
        "RUN /bin/sh -c A=1;TOKEN=hunter2 make",
        "RUN /bin/sh -c curl -H 'Authorization: Basic hunter2' x",
        "RUN /bin/sh -c curl https://web:hunter2@example.org/x",
        "RUN /bin/sh -c curl -H \"Authorization: Bearer hunter2\" https://example.org/x",
    ];
    for text in instructions {
        let redacted = redact_instruction(text);
        assert!(!redacted.contains("hunter2"), "{text:?} -> {redacted:?}");
    }
    let steps: Vec<_> = instructions
        .iter()
        .map(|text| json!({"created_by": text}))
        .collect();
    assert!(!printed(&with_history(json!(steps))).contains("hunter2"));
}

#[test]
fn what_is_no_value_stays_readable() {
    for (text, expected) in [
        ("COPY tools/ /usr/local/bin", "COPY tools/ /usr/local/bin"),
        ("ENV PATH=/usr/bin", "ENV PATH=…"),
        ("/bin/sh -c #(nop)  ENV A b", "/bin/sh -c #(nop)  ENV A=…"),
        ("ARG VERSION", "ARG VERSION"),
        (
            "RUN |1 A=b /bin/sh -c make x # buildkit",
            "RUN |1 … /bin/sh -c make x # buildkit",
        ),
        (
            "RUN /bin/sh -c cc -O2 -std=c99  x.c",
            "RUN /bin/sh -c cc -O2 -std=c99  x.c",
        ),
        (
            "RUN --mount=type=secret,id=token make",
            "RUN --mount=type=secret,id=token make",
        ),
        (
            "RUN curl https://a@example.org/x",
            "RUN curl https://…@example.org/x",
        ),
        ("RUN |0 /bin/sh -c make", "RUN |0 … /bin/sh -c make"),
        ("", ""),
    ] {
        assert_eq!(redact_instruction(text), expected);
    }
}

#[test]
fn secret_shaped_arguments_are_never_printed() {
    let facts = facts_of(
        &two_layers()
            .entrypoint(&["/app", "--password", "hunter2", "--token=hunter2"])
            .cmd(&["sh", "-c", "API_KEY=hunter2 serve --port 80"]),
    );
    assert!(!printed(&facts).contains("hunter2"));
    let config = &facts.image.config;
    assert_eq!(config.entrypoint, ["/app", "--password", "…", "--token=…"]);
    assert_eq!(config.cmd, ["sh", "-c", "API_KEY=… serve --port 80"]);
}

#[test]
fn a_long_instruction_is_cut() {
    let redacted = redact_instruction(&"é".repeat(5_000));
    assert_eq!(redacted.chars().count(), 2_001);
}

#[test]
fn the_rest_of_the_configuration_is_as_written() {
    let facts = facts_of(
        &two_layers()
            .user("65532")
            .expose("80/tcp")
            .volume("/data")
            .label("a", "b")
            .annotation("c", "d")
            .config_field("StopSignal", json!("SIGINT"))
            .config_field("Healthcheck", json!({"Test": ["CMD", "true"]})),
    );
    let config = &facts.image.config;
    assert_eq!(config.user, "65532");
    assert_eq!(
        (config.exposed_ports.as_slice(), config.volumes.as_slice()),
        (&["80/tcp".to_owned()][..], &["/data".to_owned()][..])
    );
    assert_eq!(
        (config.stop_signal.as_deref(), config.health),
        (Some("SIGINT"), Health::Defined)
    );
    assert_eq!(facts.image.labels["a"], "b");
    assert_eq!(facts.image.annotations["c"], "d");
    let off = two_layers().config_field("Healthcheck", json!({"Test": ["NONE"]}));
    assert_eq!(facts_of(&off).image.config.health, Health::Disabled);
}
