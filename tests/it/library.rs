//! The examples of `docs/library.md`: a collection as a test, in an async test, and against a router.

mod asynchronous;
mod blocking;
mod router;

/// The guide shows these files as they are.
#[test]
fn the_guide_shows_the_examples_as_they_run() {
    let guide = include_str!("../../docs/library.md");
    let examples = [
        include_str!("library/blocking.rs"),
        include_str!("library/asynchronous.rs"),
        include_str!("library/router.rs"),
        include_str!("../each_request.rs"),
    ];
    for example in examples {
        let code = example.split_once("\n\n").map_or(example, |(_, code)| code);
        let block = format!("```rust\n{}\n```", code.trim_end());
        assert!(guide.contains(&block), "docs/library.md lacks:\n{block}");
    }
    assert_eq!(guide.matches("```rust\n").count(), examples.len());
}
