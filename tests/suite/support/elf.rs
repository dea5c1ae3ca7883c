//! Writes tiny but valid ELF files: ELF64, little endian, no section headers.
//!
//! The layout follows the System V ABI (generic ABI, chapters 4 and 5): header, program headers,
//! then interpreter, dynamic section, string table, symbol table, hash table and code, all in
//! one loadable segment. `readelf -ld` reads the result without a warning.

const HEADER_BYTES: u64 = 64;
const PROGRAM_HEADER_BYTES: u64 = 56;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;
const PT_NOTE: u32 = 4;
const PT_GNU_STACK: u32 = 0x6474_e551;
const PT_GNU_RELRO: u32 = 0x6474_e552;
const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_SYMENT: u64 = 11;
const DT_SONAME: u64 = 14;
const DT_RPATH: u64 = 15;
const DT_TEXTREL: u64 = 22;
const DT_RUNPATH: u64 = 29;
const DT_FLAGS: u64 = 30;
const DF_BIND_NOW: u64 = 8;
const DT_VERDEF: u64 = 0x6fff_fffc;
const DT_VERDEFNUM: u64 = 0x6fff_fffd;
const DT_VERNEED: u64 = 0x6fff_fffe;
const DT_VERNEEDNUM: u64 = 0x6fff_ffff;
const DT_FLAGS_1: u64 = 0x6fff_fffb;
const DF_1_PIE: u64 = 0x0800_0000;

/// Instruction set of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    X86_64,
    Aarch64,
}

impl Machine {
    /// `e_machine` of the ELF header.
    fn number(self) -> u16 {
        match self {
            Self::X86_64 => 62,
            Self::Aarch64 => 183,
        }
    }

    /// Code of a program that ends at once with status 0 on Linux.
    fn exit_code(self) -> &'static [u8] {
        match self {
            // xor edi, edi; mov eax, 60; syscall
            Self::X86_64 => &[0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05],
            // mov x0, #0; mov x8, #93; svc #0
            Self::Aarch64 => &[
                0x00, 0x00, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
            ],
        }
    }
}

/// An ELF file to be: `Elf::executable().needs("libc.so.6").bytes()`.
#[derive(Debug, Clone)]
pub struct Elf {
    machine: Machine,
    shared: bool,
    program: bool,
    dynamic: bool,
    interpreter: Option<String>,
    needed: Vec<String>,
    soname: Option<String>,
    runpath: Option<String>,
    rpath: Option<String>,
    names: Vec<String>,
    required: Vec<(String, String)>,
    defined: Option<String>,
    note: Option<(&'static str, u32)>,
    relro: bool,
    bind_now: bool,
    text_relocations: bool,
    executable_stack: bool,
    payload: Vec<u8>,
}

impl Elf {
    fn empty() -> Self {
        Self {
            machine: Machine::X86_64,
            shared: false,
            program: true,
            dynamic: false,
            interpreter: None,
            needed: Vec::new(),
            soname: None,
            runpath: None,
            rpath: None,
            names: Vec::new(),
            required: Vec::new(),
            defined: None,
            note: None,
            relro: false,
            bind_now: false,
            text_relocations: false,
            executable_stack: false,
            payload: Vec::new(),
        }
    }

    /// A statically linked program. On Linux it runs and ends with status 0.
    pub fn static_executable() -> Self {
        Self::empty()
    }

    /// A dynamically linked, position-independent program with glibc's x86-64 interpreter.
    pub fn executable() -> Self {
        Self {
            shared: true,
            dynamic: true,
            interpreter: Some("/lib64/ld-linux-x86-64.so.2".into()),
            ..Self::empty()
        }
    }

    /// A statically linked, position-independent program: dynamic section, no interpreter.
    pub fn static_pie() -> Self {
        Self {
            shared: true,
            dynamic: true,
            ..Self::empty()
        }
    }

    /// A shared library with the given `DT_SONAME`.
    pub fn shared_object(soname: &str) -> Self {
        Self {
            soname: Some(soname.into()),
            program: false,
            ..Self::static_pie()
        }
    }

    /// Sets the interpreter (`PT_INTERP`).
    pub fn interpreter(mut self, path: &str) -> Self {
        self.interpreter = Some(path.into());
        self.dynamic = true;
        self
    }

    /// Adds a needed library (`DT_NEEDED`).
    pub fn needs(mut self, library: &str) -> Self {
        self.needed.push(library.into());
        self.dynamic = true;
        self
    }

    /// Sets the library search path (`DT_RUNPATH`).
    pub fn runpath(mut self, path: &str) -> Self {
        self.runpath = Some(path.into());
        self.dynamic = true;
        self
    }

    /// Sets the older library search path (`DT_RPATH`).
    pub fn rpath(mut self, path: &str) -> Self {
        self.rpath = Some(path.into());
        self.dynamic = true;
        self
    }

    /// Adds a name to the string table of the dynamic section, as of a symbol.
    pub fn name(mut self, name: &str) -> Self {
        self.names.push(name.into());
        self.dynamic = true;
        self
    }

    /// Requires a symbol version of a needed library (`DT_VERNEED`).
    pub fn requires(mut self, library: &str, version: &str) -> Self {
        self.required.push((library.into(), version.into()));
        self.needs(library)
    }

    /// Defines a symbol version (`DT_VERDEF`).
    pub fn defines(mut self, version: &str) -> Self {
        self.defined = Some(version.into());
        self.dynamic = true;
        self
    }

    /// Adds Go's build ID note.
    pub fn go_note(mut self) -> Self {
        self.note = Some(("Go", 4));
        self
    }

    /// Adds a build ID (`NT_GNU_BUILD_ID`).
    pub fn build_id(mut self) -> Self {
        self.note = Some(("GNU", 3));
        self
    }

    /// Makes relocations read-only (`PT_GNU_RELRO`).
    pub fn relro(mut self) -> Self {
        self.relro = true;
        self
    }

    /// Binds at start (`DF_BIND_NOW`).
    pub fn bind_now(mut self) -> Self {
        self.bind_now = true;
        self
    }

    /// Adds the protections a distribution's compiler gives a dynamic program or library.
    pub fn protected(self) -> Self {
        self.relro().bind_now().name("__stack_chk_fail")
    }

    /// Has the loader write into code (`DT_TEXTREL`).
    pub fn text_relocations(mut self) -> Self {
        self.text_relocations = true;
        self
    }

    /// Asks for an executable stack (`PT_GNU_STACK`).
    pub fn executable_stack(mut self) -> Self {
        self.executable_stack = true;
        self
    }

    /// Sets the instruction set.
    pub fn machine(mut self, machine: Machine) -> Self {
        self.machine = machine;
        self
    }

    /// Appends bytes after the code, so that two files differ or contain a wanted string.
    pub fn payload(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.payload.extend_from_slice(bytes.as_ref());
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let base: u64 = if self.shared { 0 } else { 0x40_0000 };
        let headers = 2
            + u64::from(self.interpreter.is_some())
            + u64::from(self.dynamic)
            + u64::from(self.note.is_some())
            + u64::from(self.relro);
        let mut body = Body::starting_at(HEADER_BYTES + headers * PROGRAM_HEADER_BYTES);
        let interpreter = self
            .interpreter
            .as_ref()
            .map(|path| body.append(&c_string(path)));
        let dynamic = self.dynamic.then(|| self.append_dynamic(&mut body, base));
        let note = self.note.map(|(name, kind)| body.append(&note(name, kind)));
        let code = body.append(self.machine.exit_code());
        body.append(&self.payload);
        let end = body.end();

        let mut table = Vec::new();
        if let Some(part) = interpreter {
            table.extend(program_header(PT_INTERP, 4, part, base, 1));
        }
        table.extend(program_header(
            PT_LOAD,
            5,
            Part {
                offset: 0,
                bytes: end,
            },
            base,
            0x1000,
        ));
        if let Some(part) = dynamic {
            table.extend(program_header(PT_DYNAMIC, 4, part, base, 8));
        }
        if let Some(part) = note {
            table.extend(program_header(PT_NOTE, 4, part, base, 4));
        }
        if let Some(part) = dynamic.filter(|_| self.relro) {
            table.extend(program_header(PT_GNU_RELRO, 4, part, base, 1));
        }
        table.extend(program_header(
            PT_GNU_STACK,
            if self.executable_stack { 7 } else { 6 },
            Part {
                offset: 0,
                bytes: 0,
            },
            0,
            16,
        ));

        let mut file = self.header(base + code.offset, headers);
        file.extend(table);
        file.extend(body.bytes);
        file
    }

    fn header(&self, entry: u64, program_headers: u64) -> Vec<u8> {
        // Magic, 64 bit, little endian, version 1, System V; then padding.
        let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        out.extend(if self.shared { 3_u16 } else { 2 }.to_le_bytes());
        out.extend(self.machine.number().to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(if self.program { entry } else { 0 }.to_le_bytes());
        out.extend(HEADER_BYTES.to_le_bytes());
        out.extend(0_u64.to_le_bytes());
        out.extend(0_u32.to_le_bytes());
        for value in [
            HEADER_BYTES,
            PROGRAM_HEADER_BYTES,
            program_headers,
            64,
            0,
            0,
        ] {
            out.extend((value as u16).to_le_bytes());
        }
        out
    }

    fn append_dynamic(&self, body: &mut Body, base: u64) -> Part {
        let mut strings = vec![0];
        let mut name = |text: &str| {
            let at = strings.len() as u64;
            strings.extend(c_string(text));
            at
        };
        let mut entries: Vec<(u64, u64)> = self
            .needed
            .iter()
            .map(|library| (DT_NEEDED, name(library)))
            .collect();
        entries.extend(self.soname.as_ref().map(|soname| (DT_SONAME, name(soname))));
        entries.extend(self.runpath.as_ref().map(|path| (DT_RUNPATH, name(path))));
        entries.extend(self.rpath.as_ref().map(|path| (DT_RPATH, name(path))));
        for symbol in &self.names {
            name(symbol);
        }
        let required: Vec<(u64, u64)> = self
            .required
            .iter()
            .map(|(library, version)| (name(library), name(version)))
            .collect();
        let defined = self.defined.as_ref().map(|version| name(version));
        if self.shared && self.program {
            entries.push((DT_FLAGS_1, DF_1_PIE));
        }
        if self.bind_now {
            entries.push((DT_FLAGS, DF_BIND_NOW));
        }
        if self.text_relocations {
            entries.push((DT_TEXTREL, 0));
        }
        if !required.is_empty() {
            let needs = body.append(&version_needs(&required));
            entries.push((DT_VERNEED, base + needs.offset));
            entries.push((DT_VERNEEDNUM, required.len() as u64));
        }
        if let Some(version) = defined {
            let definitions = body.append(&version_definition(version));
            entries.push((DT_VERDEF, base + definitions.offset));
            entries.push((DT_VERDEFNUM, 1));
        }
        let strings = body.append(&strings);
        // One all-zero symbol, as the ABI requires for index 0.
        let symbols = body.append(&[0; 24]);
        // One bucket, one chain entry, both empty.
        let hash = body.append(&[1_u32, 1, 0, 0].map(u32::to_le_bytes).concat());
        entries.extend([
            (DT_HASH, base + hash.offset),
            (DT_STRTAB, base + strings.offset),
            (DT_SYMTAB, base + symbols.offset),
            (DT_STRSZ, strings.bytes),
            (DT_SYMENT, 24),
            (DT_NULL, 0),
        ]);
        let words: Vec<u8> = entries
            .iter()
            .flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()].concat())
            .collect();
        body.append(&words)
    }
}

/// One `Elf64_Verneed` with one `Elf64_Vernaux` for each library and version.
fn version_needs(required: &[(u64, u64)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, (library, version)) in required.iter().enumerate() {
        let next: u32 = if at + 1 == required.len() { 0 } else { 32 };
        out.extend([1_u16, 1].map(u16::to_le_bytes).concat());
        out.extend([*library as u32, 16, next].map(u32::to_le_bytes).concat());
        out.extend(0_u32.to_le_bytes());
        out.extend([0_u16, 2].map(u16::to_le_bytes).concat());
        out.extend([*version as u32, 0].map(u32::to_le_bytes).concat());
    }
    out
}

/// One `Elf64_Verdef` with its `Elf64_Verdaux`.
fn version_definition(version: u64) -> Vec<u8> {
    let mut out = [1_u16, 0, 2, 1].map(u16::to_le_bytes).concat();
    out.extend(
        [0_u32, 20, 0, version as u32, 0]
            .map(u32::to_le_bytes)
            .concat(),
    );
    out
}

/// A note of 20 bytes.
fn note(name: &str, kind: u32) -> Vec<u8> {
    let mut out = [4_u32, 20, kind].map(u32::to_le_bytes).concat();
    out.extend(name.bytes().chain([0; 4]).take(4));
    out.extend([0xab; 20]);
    out
}

/// A piece of the file.
#[derive(Debug, Clone, Copy)]
struct Part {
    offset: u64,
    bytes: u64,
}

/// What follows the program headers; every piece starts at a multiple of eight.
struct Body {
    start: u64,
    bytes: Vec<u8>,
}

impl Body {
    fn starting_at(start: u64) -> Self {
        Self {
            start,
            bytes: Vec::new(),
        }
    }

    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    fn append(&mut self, piece: &[u8]) -> Part {
        while !self.end().is_multiple_of(8) {
            self.bytes.push(0);
        }
        let part = Part {
            offset: self.end(),
            bytes: piece.len() as u64,
        };
        self.bytes.extend_from_slice(piece);
        part
    }
}

fn program_header(kind: u32, flags: u32, part: Part, base: u64, align: u64) -> Vec<u8> {
    let address = base + part.offset;
    let mut out = Vec::new();
    out.extend(kind.to_le_bytes());
    out.extend(flags.to_le_bytes());
    for value in [part.offset, address, address, part.bytes, part.bytes, align] {
        out.extend(value.to_le_bytes());
    }
    out
}

fn c_string(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    bytes
}
