//! Styled text: what is shown, apart from whether it is coloured.
//!
//! A [`Line`] says what its parts mean; whoever shows it decides about colour, for each place it goes to. What comes from
//! outside is made harmless on its way into a line, see `neutral`.

mod human;
mod line;
mod neutral;
mod table;
mod workflow;
mod wrap;

pub use human::{count, duration, not_base64, size};
pub use line::{Line, Style, file_url, link, render, width};
pub use neutral::{is_harmful, neutral, neutral_line};
pub use table::{Align, Table};
pub use workflow::{WithoutCommands, without_commands};
