//! `apitest schema`: the JSON Schema of the format, for editors.

use super::args::Schema;
use super::error::CliError;

/// Prints the schema.
pub(super) fn schema(_arguments: &Schema) -> Result<u8, CliError> {
    Err(CliError::new("`schema` is being written"))
}
