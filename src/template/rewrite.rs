//! Makes minijinja's `<` and `~` ours, by a filter around their operands.
//!
//! minijinja orders values of different kinds by their kind, so that `'5' > 30` is true: a test would pass that compared
//! nothing. And its `~` writes floats, Python's words for null, and no JSON. Operands end where an operator that binds
//! less tightly, a comma or a bracket stands, so the tokens are enough to find them.

use std::ops::Range;

use super::scan::{Kind, Token};

/// The filter around what is ordered; no expression can name it.
pub(super) const ORDERED: &str = "_ordered";
/// The filter around what is joined by `~`.
pub(super) const TEXT: &str = "_text";

/// An expression for minijinja, and which of its bytes are not the written ones.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) source: String,
    /// Where something was put in: the byte of the written expression, and how many bytes.
    inserted: Vec<(usize, usize)>,
}

impl Rewritten {
    /// The bytes of the written expression that bytes of this one stand for.
    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        self.original_offset(range.start)..self.original_offset(range.end)
    }

    fn original_offset(&self, offset: usize) -> usize {
        let mut before = 0;
        for (at, length) in &self.inserted {
            if at + before >= offset {
                break;
            }
            before += (*length).min(offset - at - before);
        }
        offset - before
    }
}

/// The expression with filters around the operands of `<`, `<=`, `>`, `>=` and `~`.
pub(super) fn rewrite(source: &str, tokens: &[Token<'_>]) -> Rewritten {
    let mut walk = Walk { tokens, levels: vec![Level::from(0)], around: Vec::new() };
    for index in 0..tokens.len() {
        walk.step(index);
    }
    while !walk.levels.is_empty() {
        walk.close(tokens.len());
    }
    insert(source, tokens, &walk.around)
}

/// What binds less tightly than an operand of a comparison.
const ENDS: [&str; 8] = [",", ":", "=", "and", "or", "not", "if", "else"];
const ORDERS: [&str; 4] = ["<", "<=", ">", ">="];
const COMPARES: [&str; 3] = ["==", "!=", "in"];

/// What stands between two brackets: the comparison and the `~` that are being read, by their operands' tokens.
struct Level {
    compared: Vec<Range<usize>>,
    compared_from: usize,
    orders: bool,
    compares: bool,
    joined: Vec<Range<usize>>,
    joined_from: usize,
}

impl From<usize> for Level {
    fn from(at: usize) -> Self {
        let (compared, joined) = (Vec::new(), Vec::new());
        Self { compared, compared_from: at, orders: false, compares: false, joined, joined_from: at }
    }
}

struct Walk<'a> {
    tokens: &'a [Token<'a>],
    levels: Vec<Level>,
    /// The operands and the filter that goes around each.
    around: Vec<(Range<usize>, &'static str)>,
}

impl Walk<'_> {
    fn step(&mut self, index: usize) {
        let Some(token) = self.tokens.get(index) else { return };
        let word = token.kind == Kind::Name && !self.is_plain_word(index);
        let text = if word || token.kind == Kind::Symbol { token.text } else { "" };
        match text {
            "(" | "[" | "{" => self.levels.push(Level::from(index + 1)),
            ")" | "]" | "}" if self.levels.len() > 1 => self.close(index),
            "not" if self.tokens.get(index + 1).is_some_and(|next| next.is_word("in")) => self.compare(index, false),
            _ if ENDS.contains(&text) => self.end(index),
            _ if ORDERS.contains(&text) => self.compare(index, true),
            _ if COMPARES.contains(&text) => self.compare(index, false),
            "~" => self.join(index),
            "+" | "-" if self.is_binary(index) => self.end_join(index),
            _ => {}
        }
    }

    /// Whether a word is a member, a filter or a test, and no keyword.
    fn is_plain_word(&self, index: usize) -> bool {
        let before = |distance| index.checked_sub(distance).and_then(|at| self.tokens.get(at));
        let follows_is = before(1).is_some_and(|token| token.is_word("is"))
            || (before(1).is_some_and(|token| token.is_word("not")) && before(2).is_some_and(|token| token.is_word("is")));
        follows_is || before(1).is_some_and(|token| token.is(".") || token.is("|"))
    }

    /// Whether a sign stands between two operands.
    fn is_binary(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.is_some_and(|before| match before.kind {
            Kind::Symbol => matches!(before.text, ")" | "]" | "}"),
            Kind::Name => self.is_plain_word(index - 1) || !(ENDS.contains(&before.text) || before.text == "in"),
            Kind::Number | Kind::String => true,
        })
    }

    fn compare(&mut self, index: usize, orders: bool) {
        self.end_join(index);
        let token = |at: Option<usize>, word| at.and_then(|at| self.tokens.get(at)).is_some_and(|token| token.is_word(word));
        let second_word = token(Some(index), "in") && token(index.checked_sub(1), "not") && !self.is_plain_word(index - 1);
        let Some(level) = self.levels.last_mut() else { return };
        if !second_word {
            level.compared.push(level.compared_from..index);
        }
        level.orders |= orders;
        level.compares |= !orders;
        level.compared_from = index + 1;
    }

    fn join(&mut self, index: usize) {
        let Some(level) = self.levels.last_mut() else { return };
        level.joined.push(level.joined_from..index);
        level.joined_from = index + 1;
    }

    fn end_join(&mut self, index: usize) {
        let Some(level) = self.levels.last_mut() else { return };
        if !level.joined.is_empty() {
            level.joined.push(level.joined_from..index);
            self.around.extend(level.joined.drain(..).map(|operand| (operand, TEXT)));
        }
        level.joined_from = index + 1;
    }

    /// Ends all that is being read; a chain that also asks for equality (`a == b < c`) is left to minijinja.
    fn end(&mut self, index: usize) {
        self.end_join(index);
        let Some(level) = self.levels.last_mut() else { return };
        if level.orders && !level.compares {
            level.compared.push(level.compared_from..index);
            self.around.extend(level.compared.drain(..).map(|operand| (operand, ORDERED)));
        }
        *level = Level::from(index + 1);
    }

    fn close(&mut self, index: usize) {
        self.end(index);
        self.levels.pop();
    }
}

/// Writes the filters in. Of two operands that start or end at the same byte the longer one is the outer one.
fn insert(source: &str, tokens: &[Token<'_>], around: &[(Range<usize>, &'static str)]) -> Rewritten {
    let mut inserts: Vec<(usize, usize, usize, String)> = Vec::new();
    for (operand, filter) in around {
        let (Some(first), Some(last)) = (tokens.get(operand.start), operand.end.checked_sub(1).and_then(|last| tokens.get(last)))
        else {
            continue;
        };
        let (start, end) = (first.start, last.range().end);
        if start < end {
            let length = end - start;
            inserts.push((start, 1, usize::MAX - length, "(".to_owned()));
            inserts.push((end, 0, length, format!(")|{filter}")));
        }
    }
    inserts.sort();
    let mut rewritten = Rewritten { source: String::with_capacity(source.len() + 16 * around.len()), inserted: Vec::new() };
    let mut from = 0;
    for (at, _, _, text) in inserts {
        rewritten.source.push_str(source.get(from..at).unwrap_or_default());
        rewritten.source.push_str(&text);
        rewritten.inserted.push((at, text.len()));
        from = at;
    }
    rewritten.source.push_str(source.get(from..).unwrap_or_default());
    rewritten
}

#[cfg(test)]
mod tests {
    use super::super::scan::tokens;
    use super::rewrite;

    fn short(source: &str) -> String {
        rewrite(source, &tokens(source)).source.replace("|_ordered", "!").replace("|_text", "@")
    }

    #[test]
    fn operands_end_where_what_binds_less_tightly_stands() {
        for (source, rewritten) in [
            ("a < b", "(a)! < (b)!"),
            ("a + 1 <= -b * 2 and not c.x > d[0] or e", "(a + 1)! <= (-b * 2)! and not (c.x)! > (d[0])! or e"),
            ("f(a > b, k=c < d)", "f((a)! > (b)!, k=(c)! < (d)!)"),
            ("a < b < c", "(a)! < (b)! < (c)!"),
            ("a == b or a != b or a in b or a not in b", "a == b or a != b or a in b or a not in b"),
            ("a == b < c", "a == b < c"),
            ("a ~ b ~ -c", "(a)@ ~ (b)@ ~ (-c)@"),
            ("a + b ~ c * 2 - d", "a + (b)@ ~ (c * 2)@ - d"),
            ("a ~ b < c ~ d", "((a)@ ~ (b)@)! < ((c)@ ~ (d)@)!"),
            ("[a ~ b, {'k': c ~ d}] | f | join(x ~ y)", "[(a)@ ~ (b)@, {'k': (c)@ ~ (d)@}] | f | join((x)@ ~ (y)@)"),
            ("x if a < b else c ~ d", "x if (a)! < (b)! else (c)@ ~ (d)@"),
            ("a is in b and x.not < y.if", "a is in b and (x.not)! < (y.if)!"),
            ("a is not lt ~ b", "(a is not lt)@ ~ (b)@"),
            ("(a < b) < c", "(((a)! < (b)!))! < (c)!"),
            ("a[b < c:d ~ e]", "a[(b)! < (c)!:(d)@ ~ (e)@]"),
        ] {
            assert_eq!(short(source), rewritten, "{source}");
        }
    }

    #[test]
    fn bytes_are_found_again() {
        let source = "a ~ bb < ccc";
        let rewritten = rewrite(source, &tokens(source));
        for part in ["a", "bb", "ccc"] {
            let at = rewritten.source.find(part).unwrap();
            let original = rewritten.original(at..at + part.len());
            assert_eq!(source.get(original), Some(part), "{}", rewritten.source);
        }
        assert_eq!(rewritten.original(0..rewritten.source.len()), 0..source.len());
    }

    proptest::proptest! {
        #[test]
        fn what_compiles_compiles_still(
            source in r"(not |-|\()?[abc1](\.[ab]|\[[ab1]\]|\)|\|length)?( (and|or|<|>=|~|\+|-|\*|==|in|not in|if b else|is gt) (not |-|\(|\[)?[abc1](\)|\]|\|length| is not lower|\.a)?){0,7}",
        ) {
            let engine = super::super::engine::engine();
            let Ok(written) = engine.compile_expression_owned(source.clone()) else { return Ok(()) };
            // minijinja takes a keyword for a name where only a name can stand; we do not.
            let keywords = ["and", "or", "not", "in", "is", "if", "else"];
            if written.undeclared_variables(false).iter().any(|name| keywords.contains(&name.as_str())) {
                return Ok(());
            }
            let rewritten = rewrite(&source, &tokens(&source));
            let ours = engine.compile_expression_owned(rewritten.source.clone());
            proptest::prop_assert!(ours.is_ok(), "{} -> {}", source, rewritten.source);
        }
    }
}
