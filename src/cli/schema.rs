//! `apitest schema`: the JSON Schema of the format, for editors.

use super::args::{Schema, SchemaOf};
use super::print;
use crate::project::Error;
use crate::schema::{self, Kind};

/// Prints the schema.
pub(super) fn schema(arguments: &Schema) -> Result<u8, Error> {
    let kind = match arguments.of {
        SchemaOf::Collection => Kind::Collection,
        SchemaOf::Project => Kind::Project,
        SchemaOf::Gateway => Kind::Gateway,
    };
    print(&schema::text(kind)).map(|()| 0)
}
