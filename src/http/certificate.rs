//! What a certificate says of itself (RFC 5280). webpki validates it; this tells what webpki does not.

use std::time::Duration;

use x509_cert::certificate::{Certificate, TbsCertificate};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{self, Decode as _, Header, Reader as _, SliceReader, Tag, TagNumber};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::time::Time;

/// RFC 5280, section 4.2.1.12.
pub(super) const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");

/// What may stand before the serial number (RFC 5280, section 4.1).
const VERSION: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

/// When a certificate ends, in time since 1970. Only what comes before the end date is read: webpki
/// validates the rest.
pub(super) fn end_of(certificate: &[u8]) -> der::Result<Duration> {
    let mut reader = SliceReader::new(certificate)?;
    let _certificate = Header::decode(&mut reader)?;
    let _to_be_signed = Header::decode(&mut reader)?;
    if Tag::peek(&reader)? == VERSION {
        reader.tlv_bytes()?;
    }
    let (_serial_number, _signature, _issuer) =
        (reader.tlv_bytes()?, reader.tlv_bytes()?, reader.tlv_bytes()?);
    let _validity = Header::decode(&mut reader)?;
    let _start = reader.tlv_bytes()?;
    Ok(Time::decode(&mut reader)?.to_unix_duration())
}

/// Whether a certificate may issue others for servers: webpki asks a trust anchor for none of this,
/// and OpenSSL, and so Node, for all of it. One that can't be read is webpki's to judge.
pub(super) fn may_issue(certificate: &[u8]) -> bool {
    let read = Certificate::from_der(certificate).ok();
    read.and_then(|read| is_authority(read.tbs_certificate())).unwrap_or(true)
}

/// RFC 5280, sections 4.2.1.3, 4.2.1.9 and 4.2.1.12, by the rules of OpenSSL's `check_ca` where an
/// extension is left out.
fn is_authority(content: &TbsCertificate) -> Option<bool> {
    let constraints = content.get_extension::<BasicConstraints>().ok()?;
    let usage = content.get_extension::<KeyUsage>().ok()?;
    let purposes = content.get_extension::<ExtendedKeyUsage>().ok()?;
    let may_sign = usage.as_ref().map(|(_, usage)| usage.key_cert_sign());
    let is_marked = match constraints {
        Some((_, constraints)) => constraints.ca,
        // Certificates of version 1 have no extensions.
        None => may_sign.unwrap_or(content.extensions().is_none()),
    };
    let for_servers = purposes.is_none_or(|(_, purposes)| purposes.0.contains(&SERVER_AUTH));
    Some(is_marked && may_sign.unwrap_or(true) && for_servers)
}

/// RFC 5280, section 3.2. By its names alone: whether it was really signed with its own key changes
/// nothing.
pub(super) fn is_self_issued(certificate: &[u8]) -> bool {
    Certificate::from_der(certificate).is_ok_and(|certificate| {
        certificate.tbs_certificate().issuer() == certificate.tbs_certificate().subject()
    })
}
