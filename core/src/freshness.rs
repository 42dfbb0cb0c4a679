//! How long a key server wants its answer to be kept (RFC 9111).

use std::time::Duration;

/// The freshness lifetime that the fields of an answer name, less the age they admit; `None` where
/// they name none. A lifetime that does not parse is none at all (RFC 9111, section 4.2.1), one that
/// must not be kept or used without asking is zero.
#[must_use]
pub fn max_age<'field>(
    cache_control: impl IntoIterator<Item = &'field str>,
    age: Option<&str>,
) -> Option<Duration> {
    let mut lifetime: Option<Duration> = None;
    for directive in cache_control.into_iter().flat_map(|field| field.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let named = match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => Duration::ZERO,
            "max-age" => delta_seconds(value).unwrap_or(Duration::ZERO),
            _ => continue,
        };
        // The most cautious of several counts.
        lifetime = Some(lifetime.map_or(named, |lifetime| lifetime.min(named)));
    }
    let age = age.and_then(delta_seconds).unwrap_or(Duration::ZERO);
    lifetime.map(|lifetime| lifetime.saturating_sub(age))
}

/// A number of seconds, quoted or not. One that is too large is the largest (RFC 9111, section
/// 1.2.2).
#[must_use]
pub fn delta_seconds(text: &str) -> Option<Duration> {
    let digits = text.trim().trim_matches('"');
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| Duration::from_secs(digits.parse().unwrap_or(u64::from(u32::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_lifetime_of_an_answer() {
        let cases: &[(&[&str], Option<&str>, Option<u64>)] = &[
            (&[], None, None),
            (&["public"], None, None),
            (&["max-age=300"], None, Some(300)),
            (&["Max-Age=300, public"], None, Some(300)),
            (&["public , max-age = \"300\""], None, Some(300)),
            (&["max-age=300"], Some("100"), Some(200)),
            (&["max-age=300"], Some("400"), Some(0)),
            (&["max-age=300"], Some("-1"), Some(300)),
            (&["max-age=300"], Some("soon"), Some(300)),
            (&["max-age=300", "max-age=60"], None, Some(60)),
            (&["max-age=300, no-cache"], None, Some(0)),
            (&["max-age=300", "no-store"], None, Some(0)),
            (&["max-age"], None, Some(0)),
            (&["max-age=-1"], None, Some(0)),
            (&["max-age=1.5"], None, Some(0)),
            (&["max-age=abc"], None, Some(0)),
            (&["max-age=99999999999999999999999"], None, Some(u64::from(u32::MAX))),
            (&["s-maxage=10"], None, None),
            (&["", ",,,", "="], None, None),
        ];
        for (cache_control, age, seconds) in cases {
            let lifetime = max_age(cache_control.iter().copied(), *age);
            assert_eq!(lifetime, seconds.map(Duration::from_secs), "{cache_control:?} {age:?}");
        }
    }
}
