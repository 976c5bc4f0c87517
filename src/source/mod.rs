//! Files, places in them, and what is to be said about those places.
//!
//! Every problem, from a syntax error to a failed expectation, is a [`Diagnostic`] and is drawn by the one renderer.

mod diagnostic;
mod file;
mod render;

pub use crate::event::Severity;
pub use crate::suggest::{did_you_mean, nearest};
pub use diagnostic::Diagnostic;
pub use file::{File, Position, Span};
pub use render::{Style, render, render_without};
