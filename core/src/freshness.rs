//! How long a key server wants its response to be cached (RFC 9111).

use std::time::Duration;

/// The freshness lifetime that the fields of a response name, minus the response's age. `None` if
/// they name none. The lifetime is zero if it does not parse (RFC 9111, section 4.2.1), or if the
/// response must not be stored or must be revalidated before every use.
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
        // Of several, the most cautious counts.
        lifetime = Some(lifetime.map_or(named, |lifetime| lifetime.min(named)));
    }
    let age = age.and_then(delta_seconds).unwrap_or(Duration::ZERO);
    lifetime.map(|lifetime| lifetime.saturating_sub(age))
}

/// A number of seconds, quoted or not. A number that is too large counts as the largest (RFC 9111,
/// section 1.2.2).
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
    fn reads_the_lifetime_of_a_response() {
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
