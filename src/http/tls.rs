//! Whom TLS trusts: what Node trusts, and what the options add.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use lru::LruCache;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use verify_workos_token_core::error::FetchFailure;
use x509_cert::certificate::{Certificate, TbsCertificate};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{self, Decode as _, Header, Reader as _, SliceReader, Tag, TagNumber};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::time::Time;

/// The most sets of extra roots whose configuration is kept; each has a certificate store of some
/// hundred kB.
const MAX_CONFIGS: usize = 16;
/// RFC 5280, section 4.2.1.12.
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");

/// What may stand before the serial number (RFC 5280, section 4.1).
const VERSION: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

/// The process's trust.
pub(super) struct Trust {
    /// What Node trusts, in PEM; handed over before the first https request.
    roots: OnceLock<Vec<String>>,
    /// For each set of extra roots: reading a certificate store takes milliseconds. A failure is
    /// never kept.
    configs: Mutex<LruCache<Option<String>, Prepared>>,
}

struct Prepared {
    config: Arc<ClientConfig>,
    /// When it was made, and when the first of its roots ends, in time since 1970. Outside of that
    /// it is made again.
    from: Duration,
    until: Duration,
}

impl Default for Trust {
    fn default() -> Self {
        let capacity = NonZeroUsize::new(MAX_CONFIGS).unwrap_or(NonZeroUsize::MIN);
        Self { roots: OnceLock::new(), configs: Mutex::new(LruCache::new(capacity)) }
    }
}

impl Trust {
    pub(super) fn has_roots(&self) -> bool {
        self.roots.get().is_some()
    }

    pub(super) fn set_roots(&self, roots: Vec<String>) {
        let _ = self.roots.set(roots);
    }

    pub(super) fn config(
        &self,
        extra_roots: Option<&str>,
    ) -> Result<Arc<ClientConfig>, FetchFailure> {
        // Where Node's roots could not be read, those of the options alone would be another trust.
        let node = self.roots.get().ok_or(FetchFailure::NoTrustRoots)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let key = extra_roots.map(str::to_owned);
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = configs.get(&key).filter(|ready| ready.is_good(now)) {
            return Ok(Arc::clone(&ready.config));
        }
        let texts = node.iter().map(String::as_str).chain(extra_roots);
        let prepared = Prepared::new(texts, now)?;
        let config = Arc::clone(&prepared.config);
        configs.put(key, prepared);
        Ok(config)
    }
}

impl Prepared {
    /// webpki gives trust anchors no dates, so those that have ended are left out here. A text may
    /// hold certificates that cannot be read: the others still count.
    fn new<'pem>(
        texts: impl Iterator<Item = &'pem str>,
        now: Duration,
    ) -> Result<Self, FetchFailure> {
        let (mut roots, mut ended) = (RootCertStore::empty(), RootCertStore::empty());
        let (mut own, mut until) = (Vec::new(), Duration::MAX);
        for pem in texts {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()).flatten() {
                let Ok(end) = end_of(&certificate) else { continue };
                if end < now {
                    ended.add_parsable_certificates([certificate]);
                    continue;
                }
                until = until.min(end);
                own.extend(OwnCertificate::read(&certificate));
                // What is no authority speaks for itself, and for no other.
                if may_issue(&certificate) {
                    roots.add_parsable_certificates([certificate]);
                }
            }
        }
        if roots.is_empty() && own.is_empty() {
            return Err(FetchFailure::NoTrustRoots);
        }
        let config = configure(roots, ended, own).map_err(|_| FetchFailure::Tls)?;
        Ok(Self { config: Arc::new(config), from: now, until })
    }

    fn is_good(&self, now: Duration) -> bool {
        (self.from..=self.until).contains(&now)
    }
}

fn configure(
    roots: RootCertStore,
    ended: RootCertStore,
    own: Vec<OwnCertificate>,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let webpki = |roots: RootCertStore| {
        let builder =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
        builder.build().ok()
    };
    let verifier = Verifier { algorithms, current: webpki(roots), ended: webpki(ended), own };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // A resumed session sends no certificate, which may have expired meanwhile.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The name that a certificate must be for.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, FetchFailure> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(host.to_owned()).map_err(|_| FetchFailure::Tls)
}

/// When a certificate ends, in time since 1970. Only what comes before the end date is read: webpki
/// validates the rest.
fn end_of(certificate: &[u8]) -> der::Result<Duration> {
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
fn may_issue(certificate: &[u8]) -> bool {
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

/// webpki's verdict, and one exception to it.
#[derive(Debug)]
struct Verifier {
    algorithms: WebPkiSupportedAlgorithms,
    /// `None` over no roots.
    current: Option<Arc<WebPkiServerVerifier>>,
    /// The same over roots that have ended, which tells those from roots that nobody knows.
    ended: Option<Arc<WebPkiServerVerifier>>,
    own: Vec<OwnCertificate>,
}

/// A server's own certificate among the roots: trusted for itself, also where it is marked as an
/// authority, as `openssl req -x509` makes them and as OpenSSL and so Node take them. webpki does
/// not (`CaUsedAsEndEntity`).
#[derive(Debug)]
struct OwnCertificate {
    der: CertificateDer<'static>,
    start: Duration,
    end: Duration,
}

impl OwnCertificate {
    /// Issued by itself, and not for something else than a server's TLS.
    fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
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
        match verdict.is_err() && verify(&self.ended).is_ok() {
            true => Err(CertificateError::Expired.into()),
            false => verdict,
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
