//! Collections as written: every construct decoded with its places, all problems at once.

mod cursor;
mod node;
mod read;

pub use cursor::{Key, Problems, check_keys, names_hint, parse_duration, template_problem, unknown_key, wrong_type};
pub use node::{Data, Entry, Node, Table};
pub use read::read;
