//! What a run tells: facts only, secrets already removed.
