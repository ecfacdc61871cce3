use rustls::RootCertStore;

use super::*;

/// A certificate for `names`, and a verifier that trusts its authority.
fn made(names: &[&str]) -> (CertificateDer<'static>, Arc<WebPkiServerVerifier>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(authority, key);
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let params = rcgen::CertificateParams::new(names).unwrap();
    let signed = params
        .signed_by(&rcgen::KeyPair::generate().unwrap(), &issuer)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .unwrap();
    (signed.der().clone(), verifier)
}

fn names(given: &[&str]) -> ServerNames {
    let given: Vec<String> = given.iter().map(|&name| name.to_owned()).collect();
    ServerNames::new(&given).unwrap()
}

fn at(address: [u8; 4]) -> ServerName<'static> {
    ServerName::IpAddress(IpAddr::from(address).into())
}

fn verify(
    certificate: &CertificateDer<'_>,
    verifier: &Arc<WebPkiServerVerifier>,
    names: ServerNames,
    asked: &ServerName<'_>,
) -> Result<(), Error> {
    NamedVerifier::new(Arc::clone(verifier), Arc::new(names))
        .verify_server_cert(certificate, &[], asked, &[], UnixTime::now())
        .map(drop)
}

#[test]
fn a_name_counts_when_the_operator_gave_it() {
    let (certificate, verifier) = made(&["cassandra.example.org"]);
    let check = |names: ServerNames, asked: &ServerName<'_>| verify(&certificate, &verifier, names, asked);
    let refused = |result: Result<(), Error>| {
        let error = result.unwrap_err();
        assert!(is_about_the_name(&error), "{error}");
        error
    };
    // The address alone is not in the certificate, and the words tell who is.
    let error = refused(check(names(&[]), &at([10, 0, 0, 5])));
    let Error::InvalidCertificate(error) = error else {
        unreachable!()
    };
    assert_eq!(presented(&error).unwrap(), "it names cassandra.example.org");

    check(names(&["cassandra.example.org"]), &at([10, 0, 0, 5])).unwrap();
    check(
        names(&["other.example.org", "cassandra.example.org"]),
        &at([10, 0, 0, 5]),
    )
    .unwrap();
    refused(check(names(&["other.example.org"]), &at([10, 0, 0, 5])));

    // A host to begin with counts for the addresses to which it led, and for no other.
    let led = || {
        let led = names(&[]);
        led.leads("Cassandra.example.org.", IpAddr::from([10, 0, 0, 5]));
        led.leads("other.example.org", IpAddr::from([10, 0, 0, 6]));
        led
    };
    check(led(), &at([10, 0, 0, 5])).unwrap();
    refused(check(led(), &at([10, 0, 0, 6])));
    refused(check(led(), &at([10, 0, 0, 7])));
    // Where names are given, nothing else counts.
    let both = names(&["other.example.org"]);
    both.leads("cassandra.example.org", IpAddr::from([10, 0, 0, 5]));
    refused(check(both, &at([10, 0, 0, 5])));
}

#[test]
fn an_address_in_the_certificate_is_enough_until_names_are_given() {
    let (certificate, verifier) = made(&["10.0.0.5"]);
    let check =
        |given: &[&str], address: [u8; 4]| verify(&certificate, &verifier, names(given), &at(address));
    check(&[], [10, 0, 0, 5]).unwrap();
    check(&[], [10, 0, 0, 6]).unwrap_err();
    check(&["cassandra.example.org"], [10, 0, 0, 5]).unwrap_err();
    // Behind a tunnel: the address that the certificate holds is given.
    check(&["10.0.0.5"], [127, 0, 0, 1]).unwrap();
}

#[test]
fn a_name_never_stands_in_for_the_authority() {
    let (certificate, _) = made(&["cassandra.example.org"]);
    let (_, other) = made(&["cassandra.example.org"]);
    let error = verify(
        &certificate,
        &other,
        names(&["cassandra.example.org"]),
        &at([10, 0, 0, 5]),
    )
    .unwrap_err();
    assert!(
        matches!(
            error,
            Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)
        ),
        "{error}"
    );
}

#[test]
fn what_cannot_stand_in_a_certificate_is_refused() {
    for wrong in ["", "two words", "http://host"] {
        assert_eq!(ServerNames::new(&[wrong.to_owned()]).unwrap_err(), wrong);
    }
}
