//! The terminal: its width and colours, progress and diagnostics. The only writer of stderr.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

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
    verbose: bool,
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
            verbose: flags.verbose,
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
            verbose: false,
        }
    }

    /// How text on standard output is laid out.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// A bar over the stored bytes of `what`, drawn only on a terminal and unless `--quiet`.
    pub(crate) fn progress(&self, what: &str) -> Progress {
        let target = if self.progress {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        set_style(&bar, "{spinner} {bytes} read  {wide_msg}");
        bar.set_message(crate::report::text::escape(what));
        Progress {
            bar,
            layers: AtomicUsize::new(0),
            again: AtomicUsize::new(0),
            known: AtomicUsize::new(0),
        }
    }

    /// Takes the bar off the screen, and under `--verbose` says what the reading came to.
    pub(crate) fn end(&self, progress: Progress, what: &str) {
        let layers = progress.layers.load(Ordering::Relaxed);
        let again = progress.again.load(Ordering::Relaxed);
        let known = progress.known.load(Ordering::Relaxed);
        let layers = layers.saturating_sub(known);
        drop(progress);
        if self.verbose {
            let what = crate::report::text::escape(what);
            let noun = if layers == 1 { "layer" } else { "layers" };
            let text = format!(
                "`{what}`: {layers} {noun} read, {again} a second time, {known} known from an earlier scan\n"
            );
            self.write(&escape_rendered(&text, false));
        }
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

    /// Says under `--verbose` what else is worth knowing.
    pub(crate) fn detail(&self, detail: &dyn Diagnostic) {
        if self.verbose {
            self.error(detail);
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
    layers: AtomicUsize,
    again: AtomicUsize,
    known: AtomicUsize,
}

impl image::Progress for Progress {
    fn expect(&self, layers: usize, bytes: u64) {
        self.layers.store(layers, Ordering::Relaxed);
        // How much a folder holds is not known before it is read.
        if bytes > 0 {
            self.bar.set_length(bytes);
            set_style(&self.bar, "{bar:20} {bytes} of {total_bytes}  {wide_msg}");
        }
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn again(&self, layers: usize, bytes: u64) {
        self.again.store(layers, Ordering::Relaxed);
        self.bar.inc_length(bytes);
    }

    fn known(&self, layers: usize) {
        self.known.fetch_add(layers, Ordering::Relaxed);
    }
}

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
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
