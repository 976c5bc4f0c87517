//! The one minijinja environment: strict, bounded, with our functions and filters.

use std::sync::OnceLock;

use minijinja::{Environment, UndefinedBehavior};

use super::anything::Any;
use super::{dates, filters, functions, order};

/// How much one evaluation may do: an operation costs one, data one for 64 bytes.
const FUEL: u64 = 10_000_000;

/// The environment that every expression is compiled in, made once.
pub(super) fn engine() -> &'static Environment<'static> {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    ENGINE.get_or_init(build)
}

fn build() -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_debug(true);
    engine.set_fuel(Some(FUEL));
    for unwanted in ["debug", "namespace"] {
        engine.remove_global(unwanted);
    }
    engine.add_global("null", ());
    engine.add_global("any", minijinja::Value::from_object(Any));
    functions::add_to(&mut engine);
    filters::add_to(&mut engine);
    dates::add_to(&mut engine);
    order::add_to(&mut engine);
    engine
}
