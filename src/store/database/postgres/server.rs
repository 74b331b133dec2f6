//! The server: a pool of connections to it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool::managed::QueueMode;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio_postgres::config::SslMode;

use super::{Connection, Error, block_on};
use crate::store::NodeId;
use crate::store::database::Result;

/// Connections of one node at most. A server's are few and each costs it some megabytes.
const CONNECTIONS: usize = 16;
/// So long a change waits for the one before it, as on SQLite.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A server of which nothing is heard for so long is away. Shorter than a node may be silent before it is taken for lost.
const SILENCE: Duration = Duration::from_secs(6);

/// What is set for each connection. A node that is cut off must not keep others from writing: its connection ends by itself.
const SETTINGS: &str = "-c lock_timeout=15s -c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=3 \
                        -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=6000 \
                        -c jit=off -c extra_float_digits=3 -c client_min_messages=warning";

/// What the connections of a node have in common: how often the database was asked and waited for, and whose they are.
#[derive(Debug, Default)]
pub struct Traffic {
    round_trips: AtomicU64,
    node: OnceLock<NodeId>,
}

impl Traffic {
    pub(super) fn count(&self) {
        self.round_trips.fetch_add(1, Relaxed);
    }

    pub(super) fn node(&self) -> Option<NodeId> {
        self.node.get().copied()
    }
}

/// A database on a server. Clones would share its pool; there is one a store.
pub struct Server {
    pool: Pool,
    traffic: Arc<Traffic>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("traffic", &self.traffic).finish_non_exhaustive()
    }
}

impl Server {
    /// Does not connect yet.
    pub fn new(url: &str) -> Result<Self> {
        let mut config: tokio_postgres::Config = url.parse().map_err(|error: tokio_postgres::Error| {
            // Its words may not be shown: they could hold the password.
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            Error::Url(if source.contains('@') { "it is no URL of a database".to_owned() } else { source })
        })?;
        let options = match config.get_options() {
            Some(own) => format!("{SETTINGS} {own}"),
            None => SETTINGS.to_owned(),
        };
        config.options(options).connect_timeout(CONNECT_WITHIN).tcp_user_timeout(SILENCE);
        // While an answer is waited for nothing is on its way that could go unacknowledged: only probes find out then.
        config.keepalives_idle(SILENCE / 2).keepalives_interval(Duration::from_secs(1)).keepalives_retries(3);
        if config.get_application_name().is_none() {
            config.application_name("griot");
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match config.get_ssl_mode() {
            SslMode::Disable => Manager::from_config(config, tokio_postgres::NoTls, recycling),
            _ => Manager::from_config(config, tls()?, recycling),
        };
        let _entered = runtime().enter();
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            // The one that was used last knows the statements that are asked most.
            .queue_mode(QueueMode::Lifo)
            .timeouts(Timeouts { wait: Some(PATIENCE), create: Some(CONNECT_WITHIN), recycle: Some(CONNECT_WITHIN) })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Unreachable(error.to_string()))?;
        Ok(Self { pool, traffic: Arc::default() })
    }

    pub fn round_trips(&self) -> u64 {
        self.traffic.round_trips.load(Relaxed)
    }

    /// What is claimed from now on is claimed by this node.
    pub fn belongs_to(&self, node: NodeId) {
        // One process is one node, and stays that.
        let _ = self.traffic.node.set(node);
    }

    pub fn connect(&self) -> Result<Connection> {
        // Connections are driven by the runtime they are made in.
        let _entered = runtime().enter();
        let client = block_on(self.pool.get()).map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => Error::from(error),
            other => Error::Unreachable(other.to_string()),
        })?;
        Ok(Connection {
            client,
            traffic: Arc::clone(&self.traffic),
            changes: Default::default(),
            cursors: Default::default(),
            is_aborted: Default::default(),
        })
    }
}

fn tls() -> Result<tokio_postgres_rustls::MakeRustlsConnect> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let config = rustls::ClientConfig::builder()
        .with_platform_verifier()
        .map_err(|error| Error::Unreachable(format!("the system's certificates: {error}")))?
        .with_no_client_auth();
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
}

/// Drives the connections. One for the process: who asks may be on any thread, inside of another runtime or of none.
fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("database")
            .enable_all()
            .build()
            .expect("a thread can be started")
    })
}

/// One connection, without a pool that outlives it.
pub fn connect(url: &secrecy::SecretString) -> Result<Connection> {
    use secrecy::ExposeSecret;
    Server::new(url.expose_secret())?.connect()
}
