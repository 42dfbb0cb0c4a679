//! A token argument, read with one copy and a bound.

use std::mem::MaybeUninit;
use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Result, ValueType, check_status, sys, type_of};
use verify_workos_token_core::token::MAX_TOKEN_BYTES;

/// Room for the longest token, one character more (of up to four bytes) and the closing zero: a
/// longer string always fills more than [`MAX_TOKEN_BYTES`], and so is seen to be too long without
/// being copied whole.
const BUFFER_BYTES: usize = MAX_TOKEN_BYTES + 8;

/// What was passed as a token.
pub enum TokenText {
    /// A string, cut off a little after the longest token's length.
    Text(String),
    /// Anything else, by the kind of thing it is.
    NotAString(&'static str),
}

impl TypeName for TokenText {
    fn type_name() -> &'static str {
        "String"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for TokenText {
    // SAFETY: anything may be passed: neither handle is touched, so there is nothing to promise.
    unsafe fn validate(_: sys::napi_env, _: sys::napi_value) -> Result<sys::napi_value> {
        Ok(ptr::null_mut())
    }
}

impl FromNapiValue for TokenText {
    // SAFETY: as the trait asks of its callers, `env` and `value` are live handles of the present
    // call; the exports that napi generates pass no others.
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        #[allow(
            clippy::large_stack_arrays,
            reason = "16 kB, and uninitialised: cheaper than the heap"
        )]
        let mut buffer = [MaybeUninit::<u8>::uninit(); BUFFER_BYTES];
        let mut length = 0;
        // SAFETY: the handles are live, the buffer has the length given, and Node-API writes no more
        // than that, its closing zero included.
        let status = unsafe {
            sys::napi_get_value_string_utf8(
                env,
                value,
                buffer.as_mut_ptr().cast(),
                BUFFER_BYTES,
                &raw mut length,
            )
        };
        if status == sys::Status::napi_string_expected {
            return type_of!(env, value).map(|kind| Self::NotAString(described(kind)));
        }
        check_status!(status)?;
        // SAFETY: the status is good, so Node-API has written `length` bytes, and a zero behind them,
        // into the buffer: they are initialised and within it.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u8>(), length) };
        // Only where it was cut off can a character be broken.
        let text = String::from_utf8(bytes.to_vec());
        Ok(Self::Text(text.unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())))
    }
}

fn described(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Undefined => "undefined",
        ValueType::Null => "null",
        ValueType::Boolean => "a boolean",
        ValueType::Number => "a number",
        ValueType::Symbol => "a symbol",
        ValueType::Function => "a function",
        ValueType::BigInt => "a bigint",
        _ => "an object",
    }
}
