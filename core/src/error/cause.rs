//! What a row of the table of causes is.

use super::code::Code;

/// The likely cause of a refusal: one row of the table in [`super::causes`].
///
/// Every text is fixed. Nothing from a token is ever in one, so all of it can be shown and logged.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// A stable name, unique in the table.
    pub id: &'static str,
    /// How the cause is recognized, in words.
    pub recognized: &'static str,
    /// The codes of the refusals that it is given for. None if it is only reported.
    pub codes: &'static [Code],
    /// What to do about it. No two rows have the same hint.
    pub hint: &'static str,
}

/// Rows of the table, each as a static, and `ROWS` with all of them:
/// `NAME = "id" [Code, ...] "how it is recognized" => "what to do";`
macro_rules! causes {
    ($($name:ident = $id:literal [$($code:ident),*] $recognized:literal => $hint:literal;)+) => {
        $(
            pub(crate) static $name: $crate::error::cause::Cause = $crate::error::cause::Cause {
                id: $id,
                recognized: $recognized,
                codes: &[$($crate::error::code::Code::$code),*],
                hint: $hint,
            };
        )+

        /// The rows of this part of the table.
        pub(super) static ROWS: &[&$crate::error::cause::Cause] = &[$(&$name),+];
    };
}

pub(super) use causes;
