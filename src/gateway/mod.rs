//! The local stage: routes and API Gateway's own answers.
