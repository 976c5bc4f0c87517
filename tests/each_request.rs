//! One test for each request of a collection, which IDEs and nextest list and filter.

use apitest::Project;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> Result<(), apitest::Error> {
    let arguments = Arguments::from_args();
    let project = Project::discover(".")?.collection("collections/hello.toml");
    let requests = project.requests()?;
    let trials = requests.into_iter().map(|request| {
        let project = project.clone().only(&request);
        Trial::test(request.name, move || {
            let report = project.run().map_err(Failed::from)?;
            report
                .passed()
                .then_some(())
                .ok_or_else(|| Failed::from(report.failure_text()))
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit()
}
