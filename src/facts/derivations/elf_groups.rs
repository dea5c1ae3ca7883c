//! ELF files counted by what they are and whose, those that lack protections, and the symbol
//! versions they require.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

use super::elf::{Belongs, bump};
use crate::facts::model::{
    ElfGroup, ElfLanguage, ElfLanguageBasis, ElfOwner, ElfProtection, ElfRelro, FileKind,
    HighestVersions, RequiredVersion, Side, SymbolVersionUse, WeakFile,
};
use crate::facts::probes::{
    Elf, ElfKind, Language, LanguageBasis, Linkage, Relro, SymbolVersion, SymbolVersions,
};
use crate::facts::text::display_path;

/// Groups so far, and files that lack protections.
#[derive(Default)]
pub(super) struct Groups {
    groups: BTreeMap<(Side, ElfOwner, ElfLanguage, FileKind), ElfGroup>,
    weak: Vec<WeakFile>,
}

impl Groups {
    /// Adds a program or library.
    pub(super) fn add(&mut self, path: &[u8], elf: &Elf, belongs: Belongs) {
        let (language, basis) = language(elf);
        let kind = match elf.kind {
            ElfKind::Program => FileKind::ElfProgram,
            ElfKind::Library | ElfKind::Other => FileKind::ElfLibrary,
        };
        let key = (belongs.side, belongs.owner, language, kind);
        let group = self.groups.entry(key).or_insert_with(|| ElfGroup {
            side: belongs.side,
            owner: belongs.owner,
            language,
            kind,
            files: 0,
            language_basis: BTreeMap::new(),
            static_files: 0,
            pie: 0,
            relro: BTreeMap::new(),
            nx: 0,
            executable_stack: 0,
            text_relocations: 0,
            stack_protector: 0,
            no_stack_protector: 0,
            fortify: 0,
            build_id: 0,
        });
        count(group, elf, basis);
        let lacks = lacks(elf, language);
        if !lacks.is_empty() {
            self.weak.push(WeakFile {
                path: display_path(path),
                kind,
                language,
                lacks,
                build_id: elf.build_id.as_deref().map(|id| HEXLOWER.encode(id)),
                owner: belongs.owner,
                package_name: belongs.package_name,
                layer: belongs.layer,
                side: belongs.side,
            });
        }
    }

    /// The groups in order, and the files that lack protections by path.
    pub(super) fn into_facts(mut self) -> (Vec<ElfGroup>, Vec<WeakFile>) {
        self.weak.sort_by(|a, b| a.path.cmp(&b.path));
        (self.groups.into_values().collect(), self.weak)
    }
}

fn language(elf: &Elf) -> (ElfLanguage, ElfLanguageBasis) {
    let Some((language, basis)) = elf.language else {
        return (ElfLanguage::Unknown, ElfLanguageBasis::None);
    };
    let language = match language {
        Language::C => ElfLanguage::C,
        Language::Go => ElfLanguage::Go,
        Language::Rust => ElfLanguage::Rust,
    };
    let basis = match basis {
        LanguageBasis::BuildIdNote => ElfLanguageBasis::BuildIdNote,
        LanguageBasis::BuildInformation => ElfLanguageBasis::BuildInformation,
        LanguageBasis::Section => ElfLanguageBasis::Section,
        LanguageBasis::CompilerMark => ElfLanguageBasis::CompilerMark,
        LanguageBasis::Symbols => ElfLanguageBasis::Symbols,
        LanguageBasis::Libraries => ElfLanguageBasis::Libraries,
    };
    (language, basis)
}

fn count(group: &mut ElfGroup, elf: &Elf, basis: ElfLanguageBasis) {
    let hardening = &elf.hardening;
    let relro = match hardening.relro {
        Some(Relro::None) => ElfRelro::None,
        Some(Relro::Partial) => ElfRelro::Partial,
        Some(Relro::Full) => ElfRelro::Full,
        None => ElfRelro::Unknown,
    };
    bump(&mut group.files);
    bump(group.language_basis.entry(basis).or_default());
    bump(group.relro.entry(relro).or_default());
    for (counter, holds) in [
        (
            &mut group.static_files,
            Some(!elf.is_dynamic() && elf.linkage != Linkage::Unread),
        ),
        (&mut group.pie, hardening.pie),
        (&mut group.nx, hardening.nx),
        (&mut group.executable_stack, hardening.nx.map(|nx| !nx)),
        (&mut group.text_relocations, hardening.text_relocations),
        (&mut group.stack_protector, hardening.stack_protector),
        (
            &mut group.no_stack_protector,
            hardening.stack_protector.map(|protected| !protected),
        ),
        (&mut group.fortify, hardening.fortify),
        (&mut group.build_id, Some(elf.build_id.is_some())),
    ] {
        if holds == Some(true) {
            bump(counter);
        }
    }
}

/// Protections a file lacks that the usual tools of its language give unasked: every linker marks
/// the stack as not executable and refuses to relocate code; GCC and clang as distributions
/// configure them, and rustc (its "Exploit Mitigations" chapter), make position-independent
/// programs with read-only relocations. Go's own linker makes neither.
fn lacks(elf: &Elf, language: ElfLanguage) -> Vec<ElfProtection> {
    let hardening = &elf.hardening;
    let compiled_like_c = matches!(language, ElfLanguage::C | ElfLanguage::Rust);
    let is_program = elf.kind == ElfKind::Program;
    let relro_expected = compiled_like_c && elf.is_dynamic();
    [
        (ElfProtection::Nx, hardening.nx == Some(false)),
        (
            ElfProtection::NoTextRelocations,
            hardening.text_relocations == Some(true),
        ),
        (
            ElfProtection::Pie,
            compiled_like_c && is_program && hardening.pie == Some(false),
        ),
        (
            ElfProtection::Relro,
            relro_expected && hardening.relro == Some(Relro::None),
        ),
    ]
    .into_iter()
    .filter_map(|(protection, lacking)| lacking.then_some(protection))
    .collect()
}

/// Symbol versions so far.
#[derive(Default)]
pub(super) struct Versions {
    all: Highest,
    unowned: Highest,
    added: Highest,
    unread: u64,
}

/// The highest of each family, with the file.
#[derive(Default)]
struct Highest {
    glibc: Option<(SymbolVersion, RequiredVersion)>,
    glibcxx: Option<(SymbolVersion, RequiredVersion)>,
    cxxabi: Option<(SymbolVersion, RequiredVersion)>,
}

impl Versions {
    /// Adds what a program or library requires.
    pub(super) fn add(&mut self, path: &[u8], elf: &Elf, belongs: &Belongs) {
        let dynamic = match &elf.linkage {
            Linkage::Static => return,
            Linkage::Dynamic(dynamic) => dynamic.requires,
            Linkage::Unread => None,
        };
        let Some(requires) = dynamic else {
            bump(&mut self.unread);
            return;
        };
        let at = (path, belongs.layer);
        self.all.add(&requires, at);
        if belongs.owner == ElfOwner::Unowned {
            self.unowned.add(&requires, at);
        }
        if belongs.side == Side::Added {
            self.added.add(&requires, at);
        }
    }

    /// As facts.
    pub(super) fn into_facts(self) -> SymbolVersionUse {
        SymbolVersionUse {
            all: self.all.into_facts(),
            unowned: self.unowned.into_facts(),
            added: self.added.into_facts(),
            unread: self.unread,
        }
    }
}

impl Highest {
    fn add(&mut self, requires: &SymbolVersions, (path, layer): (&[u8], u32)) {
        for (highest, version) in [
            (&mut self.glibc, requires.glibc),
            (&mut self.glibcxx, requires.glibcxx),
            (&mut self.cxxabi, requires.cxxabi),
        ] {
            let Some(version) = version else {
                continue;
            };
            // The tree is walked by path, so the first of equals stays.
            if highest.as_ref().is_none_or(|(known, _)| *known < version) {
                let required = RequiredVersion {
                    version: version.to_string(),
                    numbers: version.0,
                    path: display_path(path),
                    layer,
                };
                *highest = Some((version, required));
            }
        }
    }

    fn into_facts(self) -> HighestVersions {
        let required = |found: Option<(SymbolVersion, RequiredVersion)>| found.map(|found| found.1);
        HighestVersions {
            glibc: required(self.glibc),
            glibcxx: required(self.glibcxx),
            cxxabi: required(self.cxxabi),
        }
    }
}
