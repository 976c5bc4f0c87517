//! What differs between two documents, leaf by leaf.
