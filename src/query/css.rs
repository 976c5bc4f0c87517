//! CSS selectors, run on a body that is read as HTML.

use std::sync::Arc;

use scraper::Selector;

use super::QueryError;
use super::markup::{self, Tree};
use super::similar::{Names, names_of_css};
use crate::http::Response;

/// How deep `:not(…)`, `:is(…)` and the like may nest: the library recurses.
const MAX_NESTING: usize = 16;

/// A CSS selector such as `ul.items > li:first-child`, compiled.
#[derive(Debug, Clone)]
pub struct Css {
    text: String,
    selector: Arc<Selector>,
}

impl Css {
    /// Compiles a selector, or a list of them with commas.
    ///
    /// # Errors
    /// Where the text is no selector. The library tells no place, so the whole text is meant.
    pub fn compile(text: &str) -> Result<Self, QueryError> {
        let whole = 0..text.len();
        if nesting(text) > MAX_NESTING {
            return Err(QueryError::new(
                whole,
                format!("the selector is nested deeper than {MAX_NESTING} levels"),
            ));
        }
        let problem =
            |reason: &str| QueryError::new(whole, format!("invalid CSS selector: {reason}"));
        match Selector::parse(text) {
            Ok(selector) => Ok(Self {
                text: text.to_owned(),
                selector: Arc::new(selector),
            }),
            Err(error) if text.starts_with('/') => Err(problem(&lower_first(&error.to_string()))
                .hint("a path with `/` is an XPath: use `xpath`")),
            Err(error) => Err(problem(&lower_first(&error.to_string()))),
        }
    }

    /// The selector as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the selected elements hold, in document order: the value of `attribute` for those that have it, else the text,
    /// white space collapsed and trimmed as a reader sees it.
    ///
    /// # Errors
    /// Where the body is not text, or is nested beyond measure; the message says which.
    pub fn select(
        &self,
        response: &Response,
        attribute: Option<&str>,
    ) -> Result<Vec<String>, String> {
        let (selector, attribute) = (Arc::clone(&self.selector), attribute.map(str::to_owned));
        markup::in_page(response, move |page| {
            let elements = page.select(&selector);
            match attribute {
                Some(name) => markup::held(
                    elements
                        .filter_map(|element| element.attr(&name))
                        .map(str::to_owned),
                ),
                None => markup::held(elements.map(|element| collapsed(element.text()))),
            }
        })
    }
}

impl Css {
    /// Why the selector finds nothing: names that the document has not, as it has them; or those of the attribute that is asked for.
    #[must_use]
    pub fn hint(&self, response: &Response, attribute: Option<&str>) -> Option<String> {
        if response.body.len() > Tree::MOST_HINTED {
            return None;
        }
        let names = Names::of(&Tree::of_page(response).ok()?);
        let selects = |css: &Self| {
            css.select(response, None)
                .is_ok_and(|found| !found.is_empty())
        };
        match attribute {
            Some(attribute) if selects(self) => names.attribute(attribute),
            _ => names.hint(&self.text, &names_of_css(&self.text), |meant| {
                Self::compile(meant).is_ok_and(|css| selects(&css))
            }),
        }
    }
}

fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for character in text.chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Texts as one, every run of white space one blank, none at the ends.
fn collapsed<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let whole: String = texts.collect();
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lower_first(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first
        .into_iter()
        .chain(characters)
        .collect::<String>()
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!DOCTYPE html><ul class=items><li>One\n <b>and</b> a half<li>Two</ul><a href=/x>go</a><a>stay</a>";

    fn select(selector: &str, attribute: Option<&str>, body: &str) -> Vec<String> {
        let response = Response::new(200, Vec::new(), body.to_owned());
        Css::compile(selector)
            .unwrap()
            .select(&response, attribute)
            .unwrap()
    }

    #[test]
    fn texts_are_as_a_reader_sees_them_and_attributes_as_written() {
        assert_eq!(
            select("ul.items > li", None, PAGE),
            ["One and a half", "Two"]
        );
        assert_eq!(select("a", Some("href"), PAGE), ["/x"]);
        assert!(select("p", None, PAGE).is_empty());
    }

    #[test]
    fn what_finds_nothing_says_what_was_meant() {
        let page = r#"<ul class="items big" id=main-list><li class=item>One<li class=item data-id=7>Two</ul><a href=/x>go</a>"#;
        let response = Response::new(200, Vec::new(), page);
        for (selector, attribute, hint) in [
            ("ul.itms > li", None, Some("did you mean `ul.items > li`?")),
            ("UL.Items lii", None, Some("did you mean `ul.items li`?")),
            ("#main-lst", None, Some("did you mean `#main-list`?")),
            ("li[data-di]", None, Some("did you mean `li[data-id]`?")),
            ("li", Some("data-idd"), Some("did you mean `data-id`?")),
            ("li.itme", Some("data-id"), Some("did you mean `li.item`?")),
            ("table", None, None),
            ("a li", None, None),
            ("a.itme", None, None),
        ] {
            assert_eq!(
                Css::compile(selector)
                    .unwrap()
                    .hint(&response, attribute)
                    .as_deref(),
                hint,
                "{selector}"
            );
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        let error = Css::compile("li[").unwrap_err();
        assert!(
            error.message.starts_with("invalid CSS selector: "),
            "{error}"
        );
        assert!(
            Css::compile("//a")
                .unwrap_err()
                .hint
                .unwrap()
                .contains("`xpath`")
        );
        assert!(
            Css::compile(&":not(".repeat(100_000))
                .unwrap_err()
                .message
                .contains("nested deeper")
        );
    }

    #[test]
    fn a_selector_serves_every_worker() {
        fn shared<T: Send + Sync>() {}
        shared::<Css>();
    }
}
