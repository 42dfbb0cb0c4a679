//! A token argument, read with one copy and a bound.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Result, ValueType, check_status, sys, type_of};
use verify_workos_token_core::error::{Malformed, Refusal};
use verify_workos_token_core::token::MAX_TOKEN_BYTES;
use verify_workos_token_core::verifier::Refused;

/// Room for the longest token, one character more (of up to four bytes) and the closing zero: a
/// longer string always fills more than [`MAX_TOKEN_BYTES`], and so is seen to be too long without
/// being copied whole.
const BUFFER_BYTES: usize = MAX_TOKEN_BYTES + 8;

/// What was passed as a token: a handle, which lives as long as the call that it is an argument of.
pub struct TokenText<'call> {
    env: sys::napi_env,
    value: sys::napi_value,
    call: PhantomData<&'call ()>,
}

impl TypeName for TokenText<'_> {
    fn type_name() -> &'static str {
        "String"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for TokenText<'_> {
    // SAFETY: anything may be passed: neither handle is touched, so there is nothing to promise.
    unsafe fn validate(_: sys::napi_env, _: sys::napi_value) -> Result<sys::napi_value> {
        Ok(ptr::null_mut())
    }
}

impl FromNapiValue for TokenText<'_> {
    // SAFETY: as the trait asks of its callers, `env` and `value` are live handles of the present
    // call; the exports that napi generates pass no others. Here they are kept and not touched.
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        Ok(Self { env, value, call: PhantomData })
    }
}

impl TokenText<'_> {
    /// Lends the token, cut off shortly after the greatest length that a token may have. A refusal
    /// if it is not a string.
    pub(crate) fn lend<T>(
        &self,
        borrower: impl FnOnce(&str) -> T,
    ) -> Result<std::result::Result<T, Refused>> {
        #[allow(
            clippy::large_stack_arrays,
            reason = "16 kB, and uninitialized: cheaper than the heap"
        )]
        let mut buffer = [MaybeUninit::<u8>::uninit(); BUFFER_BYTES];
        let mut length = 0;
        // SAFETY: the handles are live, since `self` is an argument of the present call, which its
        // lifetime keeps it from outliving; the buffer has the length given, and Node-API writes no
        // more than that, its closing zero included.
        let status = unsafe {
            sys::napi_get_value_string_utf8(
                self.env,
                self.value,
                buffer.as_mut_ptr().cast(),
                BUFFER_BYTES,
                &raw mut length,
            )
        };
        if status == sys::Status::napi_string_expected {
            let kind = described(type_of!(self.env, self.value)?);
            return Ok(Err(Refusal::Malformed(Malformed::NotAString(kind)).into()));
        }
        check_status!(status)?;
        // SAFETY: the status is good, so Node-API has written `length` bytes, and a zero behind
        // them, into the buffer: they are initialised and within it.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u8>(), length) };
        // A character can be broken only where the text was cut off.
        Ok(Ok(borrower(&text_of(bytes))))
    }
}

/// `from_utf8` goes faster over what is sound, which `from_utf8_lossy` looks at bit by bit.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
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
