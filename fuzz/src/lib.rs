//! Second opinions for the fuzz targets: what the core has read is compared with what these find.
//! They share no code with it, and are written to be short rather than fast.

pub mod cache;
pub mod form;
pub mod json;
pub mod jwk;
pub mod policy;
pub mod seal;
pub mod world;
