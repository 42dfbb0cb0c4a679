//! Links the addon as a Node-API library.
fn main() {
    napi_build::setup();
}
