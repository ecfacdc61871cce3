//! What can go wrong on a Thrift connection, told apart as far as the next step differs.

use super::protocol::Malformed;

/// Something that answers on the port but is no Thrift server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// CQL's native protocol, in this version.
    Cql(u8),
    /// A web server.
    Http,
    /// A server that wants TLS before anything else.
    Tls,
    /// Something else.
    Other,
}

/// What the server itself said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerError {
    /// `NotFoundException`: keyspace or row is not there.
    NotFound,
    /// `InvalidRequestException`, with the server's words, cleaned.
    Invalid(String),
    /// `UnavailableException`: too few replicas are up for the consistency level.
    Unavailable,
    /// `TimedOutException`: the replicas did not answer in the server's time.
    TimedOut,
    /// `AuthenticationException`: user or password is wrong.
    Authentication(String),
    /// `AuthorizationException`: signed in, but not allowed.
    Authorization(String),
    /// `TApplicationException`: the call is not known or failed inside the server.
    Internal(String),
}

/// A failure of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThriftError {
    /// Name or connection failed; says how.
    Unreachable(String),
    /// TLS failed; says how.
    Tls(String),
    /// Nothing came within the client's own time.
    TimedOut,
    /// The connection broke off; says how.
    Broken(String),
    /// The answer is larger than is accepted; ask for less.
    TooLarge(u64),
    /// Another protocol is spoken.
    Foreign(Foreign),
    /// The answer is no Thrift, or not the one asked for.
    Malformed(Malformed),
    /// The server refused, or could not.
    Server(ServerError),
}

impl ThriftError {
    /// Whether the connection can carry another call: only what the server said in order leaves it whole.
    pub fn leaves_connection_whole(&self) -> bool {
        matches!(self, ThriftError::Server(_))
    }

    /// Whether the server wants a sign-in and there was none: it says so as an invalid request.
    pub fn wants_sign_in(&self) -> bool {
        matches!(self, ThriftError::Server(ServerError::Invalid(why)) if why.to_lowercase().contains("not logged in"))
    }

    /// What happened, as half a sentence without personal data.
    pub fn words(&self) -> String {
        match self {
            ThriftError::Unreachable(how) => format!("it cannot be reached: {how}"),
            ThriftError::Tls(how) => format!("TLS failed: {how}"),
            ThriftError::TimedOut => "no answer came in time".to_owned(),
            ThriftError::Broken(how) => format!("the connection broke off: {how}"),
            ThriftError::TooLarge(bytes) => format!("an answer of {bytes} bytes is larger than is accepted"),
            ThriftError::Foreign(Foreign::Cql(version)) => {
                format!("it speaks CQL (native protocol {version}), not Thrift")
            }
            ThriftError::Foreign(Foreign::Http) => "a web server answers there, not Cassandra".to_owned(),
            ThriftError::Foreign(Foreign::Tls) => "the server there wants TLS".to_owned(),
            ThriftError::Foreign(Foreign::Other) => {
                "what answers there speaks neither Thrift nor CQL".to_owned()
            }
            ThriftError::Malformed(malformed) => format!("the answer is broken: {malformed}"),
            ThriftError::Server(error) => error.words(),
        }
    }
}

impl From<Malformed> for ThriftError {
    fn from(malformed: Malformed) -> ThriftError {
        ThriftError::Malformed(malformed)
    }
}

impl ServerError {
    fn words(&self) -> String {
        let said = |what: &str, why: &str| {
            if why.is_empty() {
                what.to_owned()
            } else {
                format!("{what}: {why}")
            }
        };
        match self {
            ServerError::NotFound => "the server does not find it".to_owned(),
            ServerError::Invalid(why) => said("the server refuses the request", why),
            ServerError::Unavailable => "too few replicas are up for the consistency level".to_owned(),
            ServerError::TimedOut => "the replicas did not answer in time".to_owned(),
            ServerError::Authentication(why) => said("the sign-in was refused", why),
            ServerError::Authorization(why) => said("the user may not read this", why),
            ServerError::Internal(why) => said("the server failed inside", why),
        }
    }
}
