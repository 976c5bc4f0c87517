//! Styled text: what is shown, apart from whether it is coloured.
//!
//! A [`Line`] says what its parts mean; whoever shows it decides about colour, for each place it goes to. What comes from
//! outside is made harmless on its way into a line, see `escape_control`.

mod escape;
mod human;
mod line;
mod table;
mod workflow;
mod wrap;

pub use escape::{escape_control, escape_control_line, is_harmful};
pub use human::{count, duration, not_base64, size};
pub use line::{Line, Style, file_url, link, render, width};
pub use table::{Align, Table};
pub use workflow::{WithoutCommands, without_commands};
