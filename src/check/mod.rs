//! What is expected of an answer, and whether it holds.
