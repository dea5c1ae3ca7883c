//! Where the base ends, and the side of everything that names a layer.

use freehold::facts::model::{Facts, Rung, Side};
use freehold::facts::{BaseChoice, Options};

use super::{facts_with, image, options, package};
use crate::support::databases::{Installed, debian};
use crate::support::elf::Elf;
use crate::support::image_builder::{ImageBuilder, digest_of};
use crate::support::layer::Layer;

fn two_layers() -> ImageBuilder {
    let base = Installed::new("base", "1").file("usr/bin/a", Elf::executable().bytes());
    let added = Layer::new()
        .setuid("usr/local/bin/tool", Elf::executable().payload("x").bytes())
        .file(
            "etc/apt/sources.list",
            "deb http://a.example.org/ trixie main\n",
        );
    image([debian(&[base]), added])
}

fn with_base(base: BaseChoice) -> Facts {
    facts_with(&two_layers(), &Options { base, ..options() })
}

#[test]
fn without_a_word_about_the_base_every_side_is_unknown() {
    let facts = with_base(BaseChoice::Unknown);
    assert_eq!(facts.image.base.layers, None);
    assert!(
        facts
            .image
            .layers
            .iter()
            .all(|layer| layer.side == Side::Unknown)
    );
    assert_eq!(facts.layout.setuid.items[0].side, Side::Unknown);
    let executables = &facts.ownership.executables;
    assert_eq!((executables.base_total, executables.base_traceable), (0, 0));
}

#[test]
fn a_number_of_layers_splits_every_fact_into_base_and_added() {
    let facts = with_base(BaseChoice::Layers(1));
    let sides: Vec<Side> = facts.image.layers.iter().map(|layer| layer.side).collect();
    assert_eq!(sides, [Side::Base, Side::Added]);
    assert_eq!(package(&facts, "base").side, Side::Base);
    assert_eq!(facts.layout.setuid.items[0].side, Side::Added);
    assert_eq!(facts.ownership.unowned.items[0].side, Side::Added);
    assert_eq!(facts.repositories[0].side, Side::Added);
    let executables = &facts.ownership.executables;
    assert_eq!((executables.base_total, executables.base_traceable), (1, 1));
}

#[test]
fn each_side_has_its_verdicts_rungs_and_main_tree() {
    let program = |fill: &str| Elf::executable().payload(fill.repeat(4096)).bytes();
    let base = debian(&[Installed::new("base", "1").file("usr/bin/a", program("a"))])
        .executable("opt/agent/bin/x", program("x"))
        .executable("opt/agent/lib/y", program("y"))
        .executable("opt/agent/libexec/z", program("z"));
    // What is added outweighs what came with the base.
    let added = Layer::new().executable("app/server", program("the server"));
    let image = image([base, added]);
    let base = BaseChoice::Layers(1);
    let ownership = facts_with(&image, &Options { base, ..options() }).ownership;
    let (base, added) = (
        &ownership.by_side[&Side::Base],
        &ownership.by_side[&Side::Added],
    );
    assert_eq!((base.files.owned, added.files.owned), (1, 0));
    assert_eq!(added.files.unowned, 1);
    assert_eq!(base.files.total + added.files.total, ownership.files.total);
    assert_eq!(base.bytes.total + added.bytes.total, ownership.bytes.total);
    let rung = |rung: Rung| {
        let on = ownership
            .executables
            .rungs
            .iter()
            .find(|on| on.rung == rung);
        on.map(|on| (on.files, on.base_files, on.added_files))
    };
    assert_eq!(rung(Rung::SourceNamed), Some((1, 1, 0)));
    assert_eq!(rung(Rung::Unowned), Some((4, 3, 1)));
    let trees: Vec<_> = ownership
        .main_trees
        .iter()
        .map(|(side, tree)| (*side, tree.path.as_str(), tree.executables, tree.share))
        .collect();
    let expected = [
        (Side::Base, "/opt/agent", 3, 1.0),
        (Side::Added, "/app", 1, 1.0),
    ];
    assert_eq!(trees, expected);
    let unknown = facts_with(&image, &options()).ownership.main_trees;
    assert_eq!(unknown.keys().collect::<Vec<_>>(), [&Side::Unknown]);
    assert_eq!(unknown[&Side::Unknown].path, "/app");
}

#[test]
fn more_layers_than_there_are_is_no_base() {
    let facts = with_base(BaseChoice::Layers(3));
    assert_eq!(facts.image.base.layers, None);
    assert!(facts.image.base.basis.contains("more than the 2 layers"));
    assert_eq!(facts.layout.setuid.items[0].side, Side::Unknown);
}

#[test]
fn a_base_is_believed_only_where_its_layers_are_the_lowest() {
    let own = two_layers();
    let ids = |ids: &[String]| BaseChoice::DiffIds {
        reference: "example/base".to_owned(),
        diff_ids: ids.to_vec(),
    };
    let first = own.diff_id(0);
    let facts = with_base(ids(std::slice::from_ref(&first)));
    assert_eq!(facts.image.base.layers, Some(1));
    for wrong in [vec![own.diff_id(1)], vec![first.clone(), first], Vec::new()] {
        let facts = with_base(ids(&wrong));
        assert_eq!(facts.image.base.layers, None, "{wrong:?}");
        assert!(facts.image.base.basis.contains("is not below this image"));
    }
}

/// `sha256(lower chain " " diff ID)`, as the OCI image-spec has it (config.md, "Layer ChainID").
fn chain_id(image: &ImageBuilder, layers: usize) -> String {
    (1..layers).fold(image.diff_id(0), |below, index| {
        digest_of(format!("{below} {}", image.diff_id(index)).as_bytes())
    })
}

#[test]
fn a_chain_id_label_that_the_layers_confirm_is_the_boundary() {
    let label = "com.docker.dhi.chain-id";
    let three = two_layers().layer(Layer::new().file("app/x", "1"));
    for layers in [1, 2, 3] {
        let image = three.clone().label(label, &chain_id(&three, layers));
        let base = facts_with(&image, &options()).image.base;
        assert_eq!(base.layers, u32::try_from(layers).ok());
        assert!(base.basis.contains(label), "{}", base.basis);
    }
    let stranger = three.label(label, &digest_of(b"other"));
    let base = facts_with(&stranger, &options()).image.base;
    assert_eq!(base.layers, None);
    assert!(
        base.basis.contains("no lowest layers have the chain ID"),
        "{}",
        base.basis
    );
}

#[test]
fn what_the_user_says_of_the_base_comes_before_its_labels() {
    let image = two_layers();
    let labelled = image
        .clone()
        .label("com.docker.dhi.chain-id", &chain_id(&image, 2));
    let base = BaseChoice::Layers(1);
    let facts = facts_with(&labelled, &Options { base, ..options() });
    assert_eq!(facts.image.base.layers, Some(1));
}

#[test]
fn annotations_name_a_base_that_is_not_at_hand() {
    let digest = digest_of(b"base");
    let image = two_layers()
        .annotation(
            "org.opencontainers.image.base.name",
            "registry.example/base:1",
        )
        .annotation("org.opencontainers.image.base.digest", &digest);
    let base = facts_with(&image, &options()).image.base;
    assert_eq!(base.layers, None);
    let settles = format!("--base registry.example/base@{digest} would settle it");
    assert!(base.basis.contains(&settles), "{}", base.basis);
}
