//! Whom TLS trusts: what Node trusts, and what the options add.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lru::LruCache;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, Error, RootCertStore};
use tokio::task::JoinSet;
use verify_workos_token_core::error::FetchFailure;

use super::certificate::{end_of, may_issue};
use super::roots::{Expected, Roots};
use super::verdict::{OwnCertificate, Verifier};

/// The most sets of extra roots whose configuration is kept; each has a certificate store of some
/// hundred kB.
const MAX_CONFIGS: usize = 16;

/// The process's trust.
pub(super) struct Trust {
    pub(super) roots: Roots,
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
        Self { roots: Roots::default(), configs: Mutex::new(LruCache::new(capacity)) }
    }
}

impl Trust {
    /// Waits for Node's roots, and adds those of the options. Where Node's could not be read, those
    /// of the options alone would be another trust.
    async fn config(
        &self,
        extra_roots: Option<&str>,
        expected: Expected,
    ) -> Result<Arc<ClientConfig>, FetchFailure> {
        let node = self.roots.wait(expected).await?;
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

/// TLS's configuration for one request, made while its connection is: roots may be on their way, and
/// take time to read.
#[derive(Default)]
pub(super) struct Preparation {
    /// Ends with the request.
    task: JoinSet<Result<Arc<ClientConfig>, FetchFailure>>,
    ready: Option<Arc<ClientConfig>>,
}

impl Preparation {
    pub(super) fn begin(
        trust: &Arc<Trust>,
        extra_roots: Option<String>,
        expected: Expected,
    ) -> Self {
        let mut preparation = Self::default();
        let trust = Arc::clone(trust);
        let config = async move { trust.config(extra_roots.as_deref(), expected).await };
        preparation.task.spawn(config);
        preparation
    }

    pub(super) async fn config(&mut self) -> Result<Arc<ClientConfig>, FetchFailure> {
        if let Some(ready) = &self.ready {
            return Ok(Arc::clone(ready));
        }
        let config = match self.task.join_next().await {
            Some(Ok(config)) => config?,
            Some(Err(_)) | None => return Err(FetchFailure::Internal),
        };
        self.ready = Some(Arc::clone(&config));
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
