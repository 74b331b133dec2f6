//! What a server says, and what can be done about it.

/// An error of the server, of the way there, or of the pool.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{1}")]
    Server(tokio_postgres::Error, String),
    #[error("no connection to the database: {0}")]
    Unreachable(String),
    #[error("a statement of this transaction failed, so that nothing of it was kept")]
    Aborted,
    #[error("the database's URL is not understood: {0}")]
    Url(String),
    #[error("what the database sent is not understood: {0}")]
    Unreadable(&'static str),
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        // The type's own words are "db error", and leave the server's to its source.
        let said = match error.as_db_error() {
            Some(db) => match db.detail() {
                Some(detail) => format!("{} ({detail}; SQLSTATE {})", db.message(), db.code().code()),
                None => format!("{} (SQLSTATE {})", db.message(), db.code().code()),
            },
            None => match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        };
        Self::Server(error, said)
    }
}

impl Error {
    /// The database is gone, or is going: nothing was wrong with what it was asked.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Server(error, _) => match error.code() {
                Some(code) => code.code().starts_with("08") || code.code().starts_with("57P") || code.code() == "53300",
                None => true,
            },
            Self::Aborted | Self::Url(_) | Self::Unreadable(_) => false,
        }
    }

    fn is_of_certificate(&self) -> bool {
        let Self::Server(error, _) = self else { return false };
        let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
        let said = source.and_then(|source| source.get_ref()).and_then(|source| source.downcast_ref::<rustls::Error>());
        matches!(said, Some(rustls::Error::InvalidCertificate(_)))
    }

    /// What an operator can do about it.
    pub fn next_step(&self) -> Option<&'static str> {
        if self.is_of_certificate() {
            return Some(
                "the database's certificate is not trusted; name the certificate of its authority in the variable SSL_CERT_FILE, and the \
                 host in store.url as the certificate does; on one machine sslmode=disable in store.url does without",
            );
        }
        if self.is_unavailable() {
            return Some(
                "the database cannot be reached; look whether it runs, and at store.url; griot goes on by itself when it is back",
            );
        }
        let Self::Server(error, _) = self else { return None };
        match error.code()?.code() {
            "28P01" | "28000" => {
                Some("the database does not let this user in; correct the user, the password and sslmode of store.url")
            }
            "3D000" => Some("there is no such database on the server; `createdb` makes it, or correct store.url"),
            "42501" => Some("the database's user may not do that; make it the owner of the database"),
            "53100" => Some("the disk of the database is full; nothing was lost: free some space and run this again"),
            "55P03" => Some("another node has held it for 15 seconds; try again when that one is done"),
            "25006" => {
                Some("the database takes no changes: store.url leads to a standby, and must lead to the primary")
            }
            _ => None,
        }
    }
}
