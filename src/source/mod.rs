//! Files, places in them, and what is to be said about those places.
//!
//! Every problem, from a syntax error to a failed expectation, is a [`Diagnostic`] and is drawn by the one renderer.

mod diagnostic;
mod file;
mod render;
mod suggest;

pub use diagnostic::{Diagnostic, Severity};
pub use file::{File, Position, Span};
pub use render::{Style, render};
pub use suggest::{did_you_mean, nearest};
