//! A collection in an async test.

use apitest::Project;

#[tokio::test]
async fn the_stage_is_healthy_in_an_async_test() -> Result<(), apitest::Error> {
    let project = Project::discover(".")?.collection("collections/hello.toml");
    let report = project.run_async().await?;
    report.assert_passed();
    Ok(())
}
