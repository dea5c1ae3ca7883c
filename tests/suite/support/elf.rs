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
const PT_GNU_STACK: u32 = 0x6474_e551;
const DT_NULL: u64 = 0;
const DT_NEEDED: u64 = 1;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_SYMENT: u64 = 11;
const DT_SONAME: u64 = 14;
const DT_RUNPATH: u64 = 29;
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
        let headers = 2 + u64::from(self.interpreter.is_some()) + u64::from(self.dynamic);
        let mut body = Body::starting_at(HEADER_BYTES + headers * PROGRAM_HEADER_BYTES);
        let interpreter = self
            .interpreter
            .as_ref()
            .map(|path| body.append(&c_string(path)));
        let dynamic = self.dynamic.then(|| self.append_dynamic(&mut body, base));
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
        table.extend(program_header(
            PT_GNU_STACK,
            6,
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
        if self.shared && self.program {
            entries.push((DT_FLAGS_1, DF_1_PIE));
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
