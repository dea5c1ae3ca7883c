//! Laying text out for a terminal: one place that escapes, wraps and colours.

mod escape;
mod fold;
mod grid;
mod wrap;

pub use escape::{escape, escape_json, escape_rendered};
pub use fold::fold_rendered;
pub(crate) use grid::Grid;
pub(crate) use wrap::{shorten, width};

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns to stay within.
    pub width: usize,
    /// Whether colours are used. They never carry meaning alone.
    pub colour: bool,
}

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Running text.
    Plain,
    /// A heading or a name.
    Strong,
    /// Of lesser interest.
    Dim,
    /// Blocks, fails.
    Bad,
    /// Warns, is not known.
    Caution,
    /// Passes.
    Good,
}

impl Tone {
    /// The SGR parameters (ECMA-48) of the tone; only the eight basic colours, which every theme
    /// keeps readable.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Dim => Some("2"),
            Self::Bad => Some("1;31"),
            Self::Caution => Some("33"),
            Self::Good => Some("32"),
        }
    }
}

/// A page of text. Whatever is put on it is escaped first.
#[derive(Debug)]
pub(crate) struct Page {
    style: Style,
    text: String,
}

impl Page {
    /// An empty page.
    pub(crate) fn new(style: Style) -> Self {
        Self {
            style,
            text: String::new(),
        }
    }

    /// Columns of the page.
    pub(crate) fn width(&self) -> usize {
        self.style.width
    }

    /// The finished text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// One line made of pieces; the caller has seen to its width.
    pub(crate) fn line(&mut self, pieces: &[(Tone, &str)]) {
        let mut line = String::new();
        for (tone, piece) in pieces {
            line.push_str(&self.paint(*tone, &escape(piece)));
        }
        self.text.push_str(&escape::tame(line.trim_end()));
        self.text.push('\n');
    }

    /// Text that starts at column `indent` and is wrapped there.
    pub(crate) fn paragraph(&mut self, indent: usize, tone: Tone, text: &str) {
        self.labelled(indent, (Tone::Plain, ""), 0, (tone, text));
    }

    /// A label at column `indent`, then text `label_width` columns further, wrapped under itself.
    /// A label that is too long takes a line of its own.
    pub(crate) fn labelled(
        &mut self,
        indent: usize,
        label: (Tone, &str),
        label_width: usize,
        text: (Tone, &str),
    ) {
        let (label_tone, label) = (label.0, escape(label.1));
        let start = indent.saturating_add(label_width);
        let lines = wrap::wrap(
            &escape(text.1),
            self.style.width.saturating_sub(start).max(20),
        );
        let overlong = label_width > 0 && width(&label) >= label_width;
        if overlong {
            let room = self.style.width.saturating_sub(indent).max(20);
            for line in wrap::wrap(&label, room) {
                self.line(&[(Tone::Plain, &" ".repeat(indent)), (label_tone, &line)]);
            }
        }
        for (number, line) in lines.iter().enumerate() {
            let head = if number == 0 && !overlong {
                label.as_str()
            } else {
                ""
            };
            self.line(&[
                (Tone::Plain, &" ".repeat(indent)),
                (label_tone, head),
                (
                    Tone::Plain,
                    &" ".repeat(label_width.saturating_sub(width(head))),
                ),
                (text.0, line),
            ]);
        }
    }

    /// A heading at column `indent`.
    pub(crate) fn heading(&mut self, indent: usize, text: &str) {
        self.paragraph(indent, Tone::Strong, text);
    }

    /// The lines of a grid, indented by two.
    pub(crate) fn grid(&mut self, grid: &Grid) {
        for (number, line) in grid.lines().iter().enumerate() {
            let tone = if number == 0 && grid.has_header() {
                Tone::Strong
            } else {
                Tone::Plain
            };
            self.line(&[(Tone::Plain, "  "), (tone, line)]);
        }
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        match tone.code() {
            Some(code) if self.style.colour && !text.trim().is_empty() => {
                format!("\u{1b}[{code}m{text}\u{1b}[0m")
            }
            _ => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style {
        width: 40,
        colour: false,
    };

    #[test]
    fn a_long_text_is_wrapped_under_itself() {
        let mut page = Page::new(PLAIN);
        page.labelled(2, (Tone::Dim, "fix"), 6, (Tone::Plain, &"word ".repeat(12)));
        let text = page.finish();
        assert!(text.starts_with("  fix   word"), "{text}");
        assert!(
            text.lines()
                .skip(1)
                .all(|line| line.starts_with("        word")),
            "{text}"
        );
        assert!(text.lines().all(|line| width(line) <= 40), "{text}");
    }

    #[test]
    fn a_page_without_colour_has_no_escape_sequences() {
        let mut page = Page::new(PLAIN);
        page.line(&[(Tone::Bad, "fail"), (Tone::Plain, "\u{1b}[31mfake")]);
        assert!(!page.finish().contains('\u{1b}'));
    }

    #[test]
    fn no_line_of_a_page_is_a_command_of_a_ci_runner() {
        let mut page = Page::new(PLAIN);
        let text = format!("{} ::stop-commands::tok", "a".repeat(38));
        page.paragraph(2, Tone::Plain, &text);
        let mut grid = Grid::new(&[36]);
        grid.row(&[format!("{} ::x::", "b".repeat(32))]);
        page.grid(&grid);
        page.line(&[(Tone::Plain, "c #"), (Tone::Plain, "#[stop-commands]tok")]);
        let text = page.finish();
        for wanted in ["\n  \\u{3a}:stop", "\n  \\u{3a}:x::", "c #\\u{23}[stop"] {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }

    #[test]
    fn a_coloured_page_resets_every_colour() {
        let mut page = Page::new(Style {
            colour: true,
            ..PLAIN
        });
        page.line(&[(Tone::Bad, "fail")]);
        assert_eq!(page.finish(), "\u{1b}[1;31mfail\u{1b}[0m\n");
    }
}
