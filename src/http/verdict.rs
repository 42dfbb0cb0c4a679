//! Whether a server's certificate is believed, and what is wrong with it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use x509_cert::certificate::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};

use super::certificate::{SERVER_AUTH, is_self_issued};

/// webpki's verdict, and one exception to it.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) algorithms: WebPkiSupportedAlgorithms,
    /// `None` over no roots.
    pub(super) current: Option<Arc<WebPkiServerVerifier>>,
    /// The same over roots that have ended, which tells those from roots that nobody knows.
    pub(super) ended: Option<Arc<WebPkiServerVerifier>>,
    pub(super) own: Vec<OwnCertificate>,
}

/// A server's own certificate among the roots: trusted for itself, also where it is marked as an
/// authority, as `openssl req -x509` makes them and as OpenSSL and so Node take them. webpki does
/// not (`CaUsedAsEndEntity`).
#[derive(Debug)]
pub(super) struct OwnCertificate {
    der: CertificateDer<'static>,
    start: Duration,
    end: Duration,
}

impl OwnCertificate {
    /// Issued by itself, and not for something else than a server's TLS.
    pub(super) fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let read = Certificate::from_der(certificate).ok()?;
        let content = read.tbs_certificate();
        let may_serve = match content.get_extension::<ExtendedKeyUsage>().ok()? {
            Some((_, usage)) => usage.0.contains(&SERVER_AUTH),
            None => true,
        };
        let may_sign = content.get_extension::<KeyUsage>().ok()?.is_none_or(|(_, usage)| {
            usage.digital_signature() || usage.key_encipherment() || usage.key_agreement()
        });
        // Without extensions nothing says what a certificate is for.
        let is_own = content.issuer() == content.subject() && content.extensions().is_some();
        (is_own && may_serve && may_sign).then(|| Self {
            der: certificate.clone().into_owned(),
            start: content.validity().not_before.to_unix_duration(),
            end: content.validity().not_after.to_unix_duration(),
        })
    }

    fn verify(&self, name: &ServerName<'_>, now: UnixTime) -> Result<ServerCertVerified, Error> {
        let now = Duration::from_secs(now.as_secs());
        if now < self.start {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > self.end {
            return Err(CertificateError::Expired.into());
        }
        verify_server_name(&ParsedCertificate::try_from(&self.der)?, name)?;
        Ok(ServerCertVerified::assertion())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // Byte for byte: another certificate of the same name and key is another.
        if let Some(own) = self.own.iter().find(|own| own.der == *end_entity) {
            return own.verify(server_name, now);
        }
        let verify = |verifier: &Option<Arc<WebPkiServerVerifier>>| match verifier {
            Some(verifier) => verifier.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        let verdict = verify(&self.current);
        match verdict {
            Err(_) if verify(&self.ended).is_ok() => Err(CertificateError::Expired.into()),
            Err(error) => Err(explained(error, end_entity)),
            Ok(verified) => Ok(verified),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Tells a certificate that the server has made itself from one whose authority nobody knows: they
/// call for different things. The verdict stays a refusal.
fn explained(error: Error, end_entity: &CertificateDer<'_>) -> Error {
    let is_unknown = match &error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
        Error::InvalidCertificate(CertificateError::Other(other)) => {
            // One that is marked as an authority.
            other.0.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity)
        }
        _ => false,
    };
    match is_unknown && is_self_issued(end_entity) {
        true => CertificateError::Other(OtherError(Arc::new(SelfSigned))).into(),
        false => error,
    }
}

/// A server's certificate was issued by itself, and nobody said that it can be trusted.
#[derive(Debug)]
pub(super) struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("self-signed certificate")
    }
}

impl std::error::Error for SelfSigned {}
