mod captures;
mod diagnosis;
mod operators;
mod problems;
mod properties;
mod reference;
mod subjects;
