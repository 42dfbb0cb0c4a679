//! The key cache under any sequence of events, beside an oracle that knows only what the server sent
//! and when.

mod call;
mod oracle;
mod play;
mod server;

pub use play::play;
