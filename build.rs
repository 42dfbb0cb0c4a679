//! Links the addon as a Node-API library.

/// On macOS a library contains the path that it was linked to, unless it is given a name: no build could
/// be reproduced elsewhere, and each would contain its builder's folders. Node opens the file by its path.
const INSTALL_NAME: &str = "-Wl,-install_name,@rpath/verify-workos-token.node";

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "macos") {
        println!("cargo:rustc-cdylib-link-arg={INSTALL_NAME}");
    }
}
