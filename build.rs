//! How the program is linked.

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells what it builds for in the environment"
)]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let of_target =
        |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    // A program that may lie anywhere in memory has its 48,000 addresses written anew at each start, which is more work than
    // everything else that a run of one request does. At a fixed place they stand in the file. Libraries, heap and stack
    // still lie where nobody can know.
    if of_target("OS") == "linux" && of_target("ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
