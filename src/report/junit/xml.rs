//! As much XML (1.0, fifth edition) as the report needs, written so that nothing in a text can end
//! an element or be refused by a strict reader.

use crate::report::text::escape;

/// A document in the making.
#[derive(Debug)]
pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    /// An empty document.
    pub(super) fn new() -> Self {
        Self {
            text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            open: Vec::new(),
        }
    }

    /// Opens an element.
    pub(super) fn start(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Closes the element opened last.
    pub(super) fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push_str(">\n");
        }
    }

    /// An element without content.
    pub(super) fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.text.push_str("/>\n");
    }

    /// An element with lines of text in it.
    pub(super) fn lines(
        &mut self,
        name: &'static str,
        attributes: &[(&str, &str)],
        lines: &[String],
    ) {
        self.tag(name, attributes);
        self.text.push('>');
        let lines: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
        self.text.push_str(&lines.join("\n"));
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// The finished document.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.text
    }

    fn indent(&mut self) {
        self.text.push_str(&"  ".repeat(self.open.len()));
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (key, value) in attributes {
            self.text.push(' ');
            self.text.push_str(key);
            self.text.push_str("=\"");
            self.text.push_str(&quoted(value));
            self.text.push('"');
        }
    }
}

/// Text for content and for attributes between double quotes. What XML's production `Char` (section
/// 2.2) leaves out is spelt out first, control characters as everywhere else.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in escape(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_an_element_or_an_attribute() {
        let mut xml = Xml::new();
        xml.start("a", &[("b", "\"><x>&")]);
        xml.lines("c", &[], &["]]></c>\u{0}\u{ffff}".to_owned()]);
        assert_eq!(
            xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&quot;&gt;&lt;x&gt;&amp;\">\n  \
             <c>]]&gt;&lt;/c&gt;\\u{0}\\u{ffff}</c>\n</a>\n"
        );
    }
}
