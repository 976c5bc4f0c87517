#![no_main]
//! A question in XPath and in CSS and, behind an empty line, the page that it is asked of.

use apitest::query::{Css, Tree, XPath};
use apitest_fuzz::{answer, two};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((question, page)) = two(text) else {
        return;
    };
    for content_type in ["application/xml", "text/html"] {
        let exchange = answer(content_type, page);
        let Ok(response) = &exchange.result else {
            return;
        };
        if let Ok(css) = Css::compile(question) {
            let _ = css.select(response, Some("href"));
        }
        if let (Ok(xpath), Ok(tree)) = (
            XPath::compile(question, &indexmap::IndexMap::new()),
            Tree::read(response),
        ) {
            let _ = xpath.find_in(&tree);
        }
    }
});
