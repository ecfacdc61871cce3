//! What GWS remembers of us between calls: cookies, and the CSRF token bound to them. Both are ours
//! to carry, so that they exist in simulation too.

use http::HeaderMap;
use http::header::SET_COOKIE;

/// More cookies than this no server needs.
const MOST_COOKIES: usize = 20;

/// Cookies and CSRF token of one client.
#[derive(Default)]
pub(super) struct Session {
    cookies: Vec<(String, String)>,
    csrf: Option<(String, String)>,
}

impl Session {
    /// Takes over what an answer sets. `token` is false for answers to mutations, whose token, if
    /// any, belongs to the next call all the same but is not counted on.
    pub(super) fn learn(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            if let Ok(text) = cookie.to_str() {
                self.set_cookie(text);
            }
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let (Some(header), Some(token)) = (text("x-csrf-header"), text("x-csrf-token"))
            && http::HeaderName::try_from(header).is_ok()
            && !token.is_empty()
        {
            self.csrf = Some((header.to_owned(), token.to_owned()));
        }
    }

    fn set_cookie(&mut self, text: &str) {
        let mut parts = text.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ';' | ',');
        if name.is_empty() || !name.chars().all(plain) || !value.chars().all(plain) {
            return;
        }
        let gone = parts.any(|part| {
            let part = part.to_ascii_lowercase();
            part.strip_prefix("max-age=")
                .is_some_and(|age| age.trim().parse::<i64>().is_ok_and(|age| age <= 0))
        });
        let known = self.cookies.iter().find(|(known, _)| known == name);
        if name.eq_ignore_ascii_case("JSESSIONID") && known.is_none_or(|(_, held)| held != value) {
            // Another session: a token of the old one is worth nothing in it.
            self.csrf = None;
        }
        self.cookies.retain(|(known, _)| known != name);
        if !gone && !value.is_empty() && self.cookies.len() < MOST_COOKIES {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The cookies as one header, if there are any.
    pub(super) fn cookie(&self) -> Option<String> {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Name and value of the header that proves where a mutation comes from.
    pub(super) fn csrf(&self) -> Option<(String, String)> {
        self.csrf.clone()
    }

    /// Forgets the token, so that the next mutation fetches one.
    pub(super) fn forget_csrf(&mut self) {
        self.csrf = None;
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Session::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(*name, http::HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_new_session_makes_the_old_token_worthless() {
        let mut session = Session::default();
        session.learn(&headers(&[
            ("set-cookie", "JSESSIONID=a; Path=/; HttpOnly"),
            ("set-cookie", "ROUTE=n1"),
            ("x-csrf-header", "X-CSRF-TOKEN"),
            ("x-csrf-token", "t1"),
        ]));
        assert_eq!(session.cookie().unwrap(), "JSESSIONID=a; ROUTE=n1");
        assert!(session.csrf().is_some());
        session.learn(&headers(&[("set-cookie", "JSESSIONID=b")]));
        assert_eq!(session.csrf(), None);
        session.learn(&headers(&[("set-cookie", "ROUTE=; Max-Age=0")]));
        assert_eq!(session.cookie().unwrap(), "JSESSIONID=b");
    }

    #[test]
    fn hostile_headers_are_left_alone() {
        let mut session = Session::default();
        session.learn(&headers(&[
            ("set-cookie", "no pair"),
            ("set-cookie", "=x"),
            ("set-cookie", "a b=x"),
            ("x-csrf-header", "not a header"),
            ("x-csrf-token", "t"),
        ]));
        assert_eq!((session.cookie(), session.csrf()), (None, None));
    }
}
