//! Text in lines: white space collapsed, blocks apart, and what stands before each line.

/// Levels of lists and quotes that are shown; deeper ones are not indented further.
const LEVELS: usize = 16;

/// What stands before the lines of a list's item or a quote.
#[derive(Debug)]
struct Level {
    first: Option<String>,
    rest: String,
}

/// Collects text up to a cap.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
    cap: usize,
    over: bool,
    /// Line ends that are due before the next word.
    due: usize,
    space: bool,
    levels: Vec<Level>,
    deeper: usize,
    /// Marks that are written before the next word, or never, if none comes.
    marks: Vec<&'static str>,
    /// How many elements are open that are one line, whatever is in them.
    flat: usize,
}

impl Lines {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            text: String::new(),
            cap,
            over: false,
            due: 0,
            space: false,
            levels: Vec::new(),
            deeper: 0,
            marks: Vec::new(),
            flat: 0,
        }
    }

    /// What was collected; nothing if it was over the cap.
    pub(super) fn finish(self) -> Option<String> {
        (!self.over).then_some(self.text)
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the next word is the first of its line.
    pub(super) fn at_start(&self) -> bool {
        self.due > 0 || self.text.is_empty()
    }

    /// A blank line is due, except after an item's mark.
    pub(super) fn block(&mut self) {
        let marked = self.levels.last().is_some_and(|level| level.first.is_some());
        self.end_lines(if marked && self.deeper == 0 { 1 } else { 2 });
    }

    /// A line's end is due.
    pub(super) fn line(&mut self) {
        self.end_lines(1);
    }

    fn end_lines(&mut self, due: usize) {
        if self.flat > 0 {
            self.space = true;
        } else {
            self.due = self.due.max(due);
            self.space = false;
        }
    }

    /// From here on, all is one line.
    pub(super) fn flatten(&mut self) {
        self.flat += 1;
    }

    pub(super) fn unflatten(&mut self) {
        self.flat = self.flat.saturating_sub(1);
    }

    pub(super) fn is_flat(&self) -> bool {
        self.flat > 0
    }

    /// Lines begin with `first` once, and with `rest` after that.
    pub(super) fn indent(&mut self, first: Option<String>, rest: &str) {
        if self.levels.len() < LEVELS {
            self.levels.push(Level { first, rest: rest.to_owned() });
        } else {
            self.deeper += 1;
        }
    }

    pub(super) fn dedent(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else {
            self.levels.pop();
        }
    }

    /// Text whose white space is collapsed, each word as `escape` writes it; it is told whether the
    /// word begins a line.
    pub(super) fn words(&mut self, text: &str, escape: impl Fn(&str, bool, &mut String)) {
        self.space |= text.starts_with(is_space);
        for word in text.split(is_space).filter(|word| !word.is_empty()) {
            let start = self.at_start();
            self.begin();
            escape(word, start, &mut self.text);
            self.space = true;
        }
        self.space =
            text.ends_with(is_space) || (self.space && text.trim_matches(is_space).is_empty());
        self.over |= self.text.len() > self.cap;
    }

    /// The next word follows without a space.
    pub(super) fn tighten(&mut self) {
        self.space = false;
    }

    /// One word as it is.
    pub(super) fn raw(&mut self, word: &str) {
        self.begin();
        self.text.push_str(word);
        self.over |= self.text.len() > self.cap;
    }

    /// Lines as they are.
    pub(super) fn verbatim(&mut self, text: &str) {
        for line in text.lines() {
            self.due = self.due.max(1);
            self.begin();
            self.text.push_str(line);
            if self.text.len() > self.cap {
                self.over = true;
                return;
            }
        }
    }

    /// A mark that opens something, written before its first word.
    pub(super) fn mark(&mut self, mark: &'static str) {
        self.marks.push(mark);
    }

    /// A mark that closes what the last one opened, if that was written.
    pub(super) fn unmark(&mut self, mark: &str) {
        if self.marks.pop().is_none() {
            self.text.push_str(mark);
            self.over |= self.text.len() > self.cap;
        }
    }

    /// Ends lines, indents and spaces as they are due.
    fn begin(&mut self) {
        if self.over {
            return;
        }
        if self.text.is_empty() || self.due > 0 {
            let ends = if self.text.is_empty() { 0 } else { self.due };
            for nth in 0..ends {
                self.text.push('\n');
                if nth + 1 < ends {
                    let before: String = self.shared_levels();
                    self.text.push_str(before.trim_end());
                }
            }
            for level in &mut self.levels {
                match level.first.take() {
                    Some(first) => self.text.push_str(&first),
                    None => self.text.push_str(&level.rest),
                }
            }
        } else if self.space && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
        (self.due, self.space) = (0, false);
        for mark in self.marks.drain(..) {
            self.text.push_str(mark);
        }
    }

    /// What stands before a blank line: that of the levels which began before it.
    fn shared_levels(&self) -> String {
        let begun = self.levels.iter().take_while(|level| level.first.is_none());
        begun.map(|level| level.rest.as_str()).collect()
    }
}

/// White space of HTML. A no-break space is none.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}
