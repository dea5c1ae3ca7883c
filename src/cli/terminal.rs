//! The terminal: its width and colours, progress and diagnostics. The only writer of stderr.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::args::CommonFlags;
use crate::image;
use crate::report::text::{Style, escape_rendered, fold_rendered};

/// Columns without a terminal.
const DEFAULT_WIDTH: usize = 80;

/// Most columns taken of a wide terminal: longer lines are hard to read.
const WIDEST: usize = 100;

/// What is known of the terminal, and what the user wants of it.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    style: Style,
    colour_errors: bool,
    graphical_errors: bool,
    progress: bool,
    quiet: bool,
}

impl Terminal {
    /// Looks at the terminal once.
    pub(crate) fn detect(flags: &CommonFlags) -> Self {
        let colour_wanted = !flags.no_color && !no_color();
        let to_terminal = flags.output.is_none() && io::stdout().is_terminal();
        let errors_to_terminal = io::stderr().is_terminal();
        Self {
            style: Style {
                width: width(flags.width, to_terminal),
                colour: colour_wanted && to_terminal,
            },
            colour_errors: colour_wanted && errors_to_terminal,
            graphical_errors: errors_to_terminal,
            progress: errors_to_terminal && !flags.quiet,
            quiet: flags.quiet,
        }
    }

    /// A terminal nothing is known of, for errors before flags are read.
    pub(crate) fn unknown() -> Self {
        Self {
            style: Style {
                width: DEFAULT_WIDTH,
                colour: false,
            },
            colour_errors: false,
            graphical_errors: false,
            progress: false,
            quiet: false,
        }
    }

    /// How text on standard output is laid out.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// A bar over `bytes`, drawn only on a terminal and unless `--quiet`.
    pub(crate) fn progress(&self, what: &str) -> Progress {
        let target = if self.progress {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes} read  {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message(crate::report::text::escape(what));
        Progress { bar }
    }

    /// Says what went wrong.
    pub(crate) fn error(&self, error: &dyn Diagnostic) {
        let theme = match (self.graphical_errors, self.colour_errors) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::unicode_nocolor(),
            (false, _) => GraphicalTheme::none(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(self.style.width)
            .with_links(false)
            .with_wrap_lines(false);
        let mut text = String::new();
        if handler.render_report(&mut text, error).is_err() {
            text = format!("error: {error}\n");
        }
        let text = fold_rendered(&text, self.style.width);
        self.write(&escape_rendered(&text, self.colour_errors));
    }

    /// Says something that is no error, unless `--quiet`.
    pub(crate) fn warning(&self, warning: &dyn Diagnostic) {
        if !self.quiet {
            self.error(warning);
        }
    }

    fn write(&self, text: &str) {
        // Nobody is left to tell when stderr itself is closed.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

/// A progress bar that takes itself off the screen when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl image::Progress for Progress {
    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn width(asked: Option<u16>, terminal: bool) -> usize {
    if let Some(columns) = asked {
        return usize::from(columns);
    }
    let seen = terminal
        .then(terminal_size::terminal_size)
        .flatten()
        .map(|(width, _)| usize::from(width.0));
    seen.map_or(DEFAULT_WIDTH, |columns| columns.clamp(40, WIDEST))
}

/// Whether `NO_COLOR` is set and not empty (no-color.org).
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read in this room only; clap cannot express a variable that counts whatever its value"
)]
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
