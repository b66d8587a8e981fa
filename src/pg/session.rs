//! One session: login, messages sent and their replies awaited, its end.

pub use super::reply::{Lost, Reply, Row, StatementReply};

use super::binary_rows::BinaryRows;
use super::dial::Redial;
use super::lacking::Lacking;
use super::message::Message;
use super::reply::{assemble, last_words, split_at_ready};
use super::tap::{Event, ServerMessage, Tap, TapLog};
use super::tls::{self, TlsError};
use futures_util::StreamExt as _;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{CancelToken, Client, SimpleQueryMessage, SimpleQueryStream};

/// A session with its driver task.
pub struct Session {
    client: Client,
    log: TapLog,
    driver: JoinHandle<()>,
    token: CancelToken,
    redial: Redial,
    /// A message was sent and its reply not read to the end: what comes next on the wire may belong to it.
    awaiting: AtomicBool,
    /// What this server does not answer of itself.
    pub lacking: Lacking,
    /// Messages are sent whole and not statement by statement. This is for `--via`: the command may not read answers while it writes. If the
    /// server then waits until its answers are read, and the command until its bytes are read, both wait forever.
    pub sends_whole: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("pid", &self.login_pid()).finish_non_exhaustive()
    }
}

/// Why a login failed.
#[derive(Debug)]
pub struct LoginError {
    /// The server's own words, where it said any.
    pub server: Option<ServerMessage>,
    /// The driver's words.
    pub driver: String,
    /// The server asked for a password, and there was none to give.
    pub password_missing: bool,
    /// TLS failed, as it does when the server looks at the client's certificate after the handshake.
    pub tls: Option<Box<TlsError>>,
    /// What another program said in place of the server.
    pub greeting: Option<Vec<u8>>,
}

impl LoginError {
    /// The driver's words alone.
    pub fn of_driver(driver: String) -> Self {
        Self { server: None, driver, password_missing: false, tls: None, greeting: None }
    }
}

impl Session {
    /// Logs in over a stream that is ready for the startup packet.
    ///
    /// # Errors
    /// [`LoginError`] with the server's words where there are any.
    pub async fn login<S, T>(
        stream: S,
        config: &tokio_postgres::Config,
        tls: T,
        redial: Redial,
    ) -> Result<Self, LoginError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: tokio_postgres::tls::TlsConnect<Tap<S>>,
        T::Stream: Send + 'static,
    {
        let (tapped, log) = Tap::new(stream);
        let connected = config.connect_raw(tapped, tls).await;
        let (client, mut connection) = connected.map_err(|error| LoginError {
            password_missing: config.get_password().is_none() && log.password_wanted(),
            server: last_words(&log.take()),
            driver: chain(&error),
            tls: tls::failure_in(&error).map(Box::new),
            greeting: log.greeting(),
        })?;
        log.take();
        // The tap has seen every notice already; the driver's copies are dropped.
        let driver = tokio::spawn(async move {
            while let Some(Ok(_)) = poll_fn(|context| connection.poll_message(context)).await {}
        });
        let token = client.cancel_token();
        Ok(Self {
            client,
            log,
            driver,
            token,
            redial,
            awaiting: AtomicBool::new(false),
            lacking: Lacking::default(),
            sends_whole: false,
        })
    }

    /// The process id given at login.
    pub fn login_pid(&self) -> Option<i32> {
        self.log.backend_pid()
    }

    /// Whether it is no database at all that answers, but a pooler's own console.
    pub fn is_console_of_pooler(&self) -> bool {
        self.log.is_console_of_pooler()
    }

    /// Asks the server to cancel what runs, over a separate connection. The session itself shows whether anything was cancelled.
    pub async fn cancel(&self) {
        if let Err(error) = self.redial.cancel(&self.token).await {
            tracing::warn!("the cancel request was not delivered: {error}");
        }
    }

    /// Sends one message and waits for its whole reply.
    ///
    /// # Errors
    /// [`Lost`] when the connection ended before the server was ready again. An SQL error is a reply.
    pub async fn simple(&self, sql: &str) -> Result<Reply, Lost> {
        let earlier = self.begin()?;
        let rows = self.send(sql).await;
        let (reply, later) = split_at_ready(self.log.take());
        self.log.put_back(later);
        self.end(&earlier, assemble(rows, reply))
    }

    /// [`Session::simple`] with an end to its patience. After it the session is of no use any more: a late reply looks the same as
    /// the next one.
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn within(&self, patience: Duration, sql: &str) -> Result<Reply, Lost> {
        tokio::time::timeout(patience, self.simple(sql)).await.unwrap_or_else(|_| Err(Lost::silent(patience)))
    }

    /// What the server said since the last message was answered; an error when that one never was.
    pub(super) fn begin(&self) -> Result<Vec<Event>, Lost> {
        if self.awaiting.swap(true, Ordering::AcqRel) {
            return Err(Lost { driver: "an earlier message was not answered".to_owned(), ..Lost::default() });
        }
        Ok(self.log.take())
    }

    /// The reply is complete. A server that ended the session between two messages said so before the second was sent.
    pub(super) fn end<T>(&self, earlier: &[Event], answered: Result<T, Lost>) -> Result<T, Lost> {
        self.awaiting.store(false, Ordering::Release);
        answered.map_err(|lost| match self.log.limit() {
            Some(limit) => Lost { driver: limit.to_owned(), by_limit: true, ..lost },
            None => Lost { last: lost.last.or_else(|| last_words(earlier)), ..lost },
        })
    }

    /// Gives the connection up: its socket is closed, nothing is said to the server and nothing cancelled.
    pub fn abandon(&self) {
        self.driver.abort();
    }

    /// Sends a [`Message`]; see [`Session::simple`].
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn message(&self, message: &Message) -> Result<Reply, Lost> {
        self.simple(message.text()).await
    }

    /// Sends one parameterised query and, without waiting for its answer, a message: one round trip for both.
    /// Parameters and results are text.
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn flight(&self, query: &str, values: &[String], sql: &str) -> Result<(Reply, Reply), Lost> {
        let earlier = self.begin()?;
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            values.iter().map(|value| (value as &(dyn ToSql + Sync), Type::TEXT)).collect();
        // Polled in this order, so the query's bytes leave first.
        let (query_rows, rows) = tokio::join!(biased; self.client.query_typed(query, &typed), self.send(sql));
        let query_rows =
            query_rows.map(|rows| vec![rows.iter().map(text_row).collect()]).map_err(|error| chain(&error));
        let (first, rest) = split_at_ready(self.log.take());
        let (second, later) = split_at_ready(rest);
        self.log.put_back(later);
        let answered = assemble(query_rows, first).and_then(|first| Ok((first, assemble(rows, second)?)));
        self.end(&earlier, answered)
    }

    /// What has passed on the wire.
    pub(super) fn log(&self) -> &TapLog {
        &self.log
    }

    /// The rows of each statement, until the server is ready or the connection ends.
    async fn send(&self, sql: &str) -> Result<Vec<Vec<Row>>, String> {
        let stream = self.client.simple_query_raw(sql).await.map_err(|error| chain(&error))?;
        rows_of(stream).await
    }

    /// Sends messages one behind the other, and reads the answer to each.
    pub(super) async fn send_all(&self, texts: impl Iterator<Item = String>) -> Vec<Result<Vec<Vec<Row>>, String>> {
        let mut streams = Vec::new();
        for text in texts {
            // This only queues the message; it does not wait.
            streams.push(self.client.simple_query_raw(&text).await.map_err(|error| chain(&error)));
        }
        let mut answers = Vec::with_capacity(streams.len());
        for stream in streams {
            answers.push(match stream {
                Ok(stream) => rows_of(stream).await,
                Err(why) => Err(why),
            });
        }
        answers
    }

    /// Streams the single column of `COPY (query) TO STDOUT (FORMAT binary)` and answers the number of rows and the SHA-256 of their bytes,
    /// each row ended by a newline. Nothing is kept, however much there is.
    ///
    /// # Errors
    /// The server's or the driver's words.
    pub async fn copy_digest(&self, query: &str) -> Result<(i64, String), String> {
        self.log.take();
        let stream = self.client.copy_out(&format!("COPY ({query}) TO STDOUT (FORMAT binary)")).await;
        let why = |error| self.log.limit().map_or_else(|| chain(&error), str::to_owned);
        let mut stream = pin!(stream.map_err(why)?);
        let mut digest = BinaryRows::default();
        while let Some(chunk) = stream.next().await {
            digest.feed(&chunk.map_err(why)?);
            // The tap counts what passes, and a reply without end would be cut; this one is meant to be long.
            self.log.take();
        }
        self.log.take();
        digest.finish()
    }

    /// Closes the session politely and waits until the server has closed it too: its locks are free then.
    pub async fn close(self) {
        drop(self.client);
        let _ = tokio::time::timeout(Duration::from_secs(2), self.driver).await;
    }
}

/// The rows of each statement of one message, until the server is ready or the connection ends.
async fn rows_of(stream: SimpleQueryStream) -> Result<Vec<Vec<Row>>, String> {
    let mut stream = pin!(stream);
    let mut statements: Vec<Vec<Row>> = vec![Vec::new()];
    let mut names: Arc<[String]> = Arc::default();
    while let Some(next) = stream.next().await {
        match next {
            Ok(SimpleQueryMessage::Row(row)) => {
                let values = (0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect();
                if let Some(rows) = statements.last_mut() {
                    rows.push(Row { columns: Arc::clone(&names), values });
                }
            }
            Ok(SimpleQueryMessage::RowDescription(columns)) => {
                names = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            Ok(SimpleQueryMessage::CommandComplete(_)) => statements.push(Vec::new()),
            Ok(_) => {}
            // The server's error is read from the tap; the stream goes on until it is ready again.
            Err(error) if error.as_db_error().is_some() => {}
            Err(error) => return Err(chain(&error)),
        }
    }
    Ok(statements)
}

/// A row of the extended protocol, whose values are binary: only text and boolean are read this way.
fn text_row(row: &tokio_postgres::Row) -> Row {
    let value = |index: usize| match *row.columns()[index].type_() {
        Type::BOOL => row.get::<_, Option<bool>>(index).map(|truth| if truth { "t" } else { "f" }.to_owned()),
        _ => row.try_get::<_, Option<String>>(index).ok().flatten(),
    };
    Row {
        columns: row.columns().iter().map(|column| column.name().to_owned()).collect(),
        values: (0..row.columns().len()).map(value).collect(),
    }
}

/// An error with its causes: the driver's own Display keeps them back.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = tls::words_in(cause).unwrap_or_else(|| cause.to_string());
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
