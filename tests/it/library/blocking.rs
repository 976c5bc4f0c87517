//! A collection as a test.

use apitest::Project;

#[test]
fn the_stage_is_healthy() -> Result<(), apitest::Error> {
    let report = Project::discover(".")?
        .collection("collections/hello.toml")
        .var("key", "ada")
        .run()?;
    report.assert_passed();
    Ok(())
}
