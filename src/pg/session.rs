//! One session, from login to close: it sends messages and waits for their replies.

pub use super::reply::{Lost, Reply, Row, StatementReply};

use super::binary_rows::BinaryRows;
use super::dial::Redial;
use super::lacking::Lacking;
use super::message::Message;
use super::reply::{assemble, last_words, split_at_ready};
use super::tap::{Event, ServerMessage, Tap, TapLog};
use super::tls::{self, TlsError};
use crate::text::escaped_within;
use futures_util::StreamExt as _;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
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
    /// A message was sent and its reply was not read completely, so the next bytes on the connection may belong to that reply.
    awaiting: AtomicBool,
    /// How many messages were sent.
    sent: AtomicU32,
    /// The facts that this server does not report about itself.
    pub lacking: Lacking,
    /// Messages are sent whole and not as a pipeline. This is for `--via`: the command that carries the connection may not read answers
    /// while it writes. Then the server waits until its answers are read, the command waits until its bytes are read, and neither
    /// continues.
    pub sends_whole: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("pid", &self.login_pid()).finish_non_exhaustive()
    }
}

/// A message whose answer the session waits for.
pub(super) struct Turn {
    /// What the server sent after the last answer was complete.
    earlier: Vec<Event>,
    /// The number of the message in its session, from 1.
    number: u32,
    begun: Instant,
    /// The start of the SQL. `None` if the log does not show messages.
    words: Option<String>,
}

/// The number of characters of a message that the log shows.
const SHOWN: usize = 60;

/// Why a login failed.
#[derive(Debug)]
pub struct LoginError {
    /// The server's error, if it sent one.
    pub server: Option<ServerMessage>,
    /// The driver's words.
    pub driver: String,
    /// The server requested a password, and none was available.
    pub password_missing: bool,
    /// TLS failed, for example because the server checked the client's certificate after the handshake.
    pub tls: Option<Box<TlsError>>,
    /// The first bytes from a program that is not a PostgreSQL server.
    pub greeting: Option<Vec<u8>>,
}

impl LoginError {
    /// An error of which only the driver's message is known.
    pub fn of_driver(driver: String) -> Self {
        Self { server: None, driver, password_missing: false, tls: None, greeting: None }
    }
}

impl Session {
    /// Logs in over a stream on which nothing has been sent yet.
    ///
    /// # Errors
    /// [`LoginError`], with the server's error if there is one.
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
        // The tap has recorded every notice already, so the driver's copies are dropped.
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
            sent: AtomicU32::new(0),
            lacking: Lacking::default(),
            sends_whole: false,
        })
    }

    /// The process id that the server sent at login.
    pub fn login_pid(&self) -> Option<i32> {
        self.log.backend_pid()
    }

    /// Whether the other end is the console of a pooler and not a database.
    pub fn is_console_of_pooler(&self) -> bool {
        self.log.is_console_of_pooler()
    }

    /// Sends a cancel request over a separate connection. Only the reply in this session shows whether the statement was cancelled.
    pub async fn cancel(&self) {
        if let Err(error) = self.redial.cancel(&self.token).await {
            tracing::warn!("the cancel request was not delivered: {error}");
        }
    }

    /// Sends one message and waits for its complete reply.
    ///
    /// # Errors
    /// [`Lost`] if the connection ended before the reply was complete. An SQL error is a reply.
    pub async fn simple(&self, sql: &str) -> Result<Reply, Lost> {
        let turn = self.begin(sql)?;
        let rows = self.send(sql).await;
        let (reply, later) = split_at_ready(self.log.take());
        self.log.put_back(later);
        self.end(&turn, assemble(rows, reply))
    }

    /// [`Session::simple`] with a time limit. After the limit the session cannot be used any more, because a late reply could be mistaken
    /// for the next one.
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn within(&self, patience: Duration, sql: &str) -> Result<Reply, Lost> {
        tokio::time::timeout(patience, self.simple(sql)).await.unwrap_or_else(|_| Err(Lost::silent(patience)))
    }

    /// Begins a message. An error if the reply to the last message was never completed.
    pub(super) fn begin(&self, sql: &str) -> Result<Turn, Lost> {
        if self.awaiting.swap(true, Ordering::AcqRel) {
            return Err(Lost { driver: "an earlier message was not answered".to_owned(), ..Lost::default() });
        }
        Ok(self.turn(sql))
    }

    fn turn(&self, sql: &str) -> Turn {
        let words = || escaped_within(&sql.split_whitespace().collect::<Vec<_>>().join(" "), SHOWN).into_owned();
        Turn {
            earlier: self.log.take(),
            number: self.sent.fetch_add(1, Ordering::Relaxed) + 1,
            begun: Instant::now(),
            words: tracing::enabled!(tracing::Level::DEBUG).then(words),
        }
    }

    /// Completes a reply. If the connection was lost, the reason may have come before the message: a server that ends a session between two
    /// messages announces it before the second message is sent.
    pub(super) fn end<T>(&self, turn: &Turn, answered: Result<T, Lost>) -> Result<T, Lost> {
        self.awaiting.store(false, Ordering::Release);
        turn.show();
        answered.map_err(|lost| match self.log.limit() {
            Some(limit) => Lost { driver: limit.to_owned(), by_limit: true, ..lost },
            None => Lost { last: lost.last.or_else(|| last_words(&turn.earlier)), ..lost },
        })
    }

    /// Closes the socket without sending anything to the server. A running statement is not cancelled.
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

    /// Sends one parameterized query and a message in one round trip: the message is sent without waiting for the answer to the query.
    /// Parameters and results are text.
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn flight(&self, query: &str, values: &[String], sql: &str) -> Result<(Reply, Reply), Lost> {
        let turn = self.begin(sql)?;
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            values.iter().map(|value| (value as &(dyn ToSql + Sync), Type::TEXT)).collect();
        // The futures are polled in this order, so the query is sent first.
        let (query_rows, rows) = tokio::join!(biased; self.client.query_typed(query, &typed), self.send(sql));
        let query_rows =
            query_rows.map(|rows| vec![rows.iter().map(text_row).collect()]).map_err(|error| chain(&error));
        let (first, rest) = split_at_ready(self.log.take());
        let (second, later) = split_at_ready(rest);
        self.log.put_back(later);
        let answered = assemble(query_rows, first).and_then(|first| Ok((first, assemble(rows, second)?)));
        self.end(&turn, answered)
    }

    /// The log of what was sent and received on this connection.
    pub(super) fn log(&self) -> &TapLog {
        &self.log
    }

    /// The rows of each statement. It reads until the server is ready for the next message or the connection ends.
    async fn send(&self, sql: &str) -> Result<Vec<Vec<Row>>, String> {
        let stream = self.client.simple_query_raw(sql).await.map_err(|error| chain(&error))?;
        rows_of(stream).await
    }

    /// Sends all messages without waiting, and then reads the answer to each of them.
    pub(super) async fn send_all(&self, texts: impl Iterator<Item = String>) -> Vec<Result<Vec<Vec<Row>>, String>> {
        let mut streams = Vec::new();
        for text in texts {
            // This call only queues the message.
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

    /// Streams the single column of `COPY (query) TO STDOUT (FORMAT binary)`. Returns the number of rows and the SHA-256 of their bytes,
    /// with a newline after each row. No row is kept in memory.
    ///
    /// # Errors
    /// The message of the server or the driver.
    pub async fn copy_digest(&self, query: &str) -> Result<(i64, String), String> {
        let copy = format!("COPY ({query}) TO STDOUT (FORMAT binary)");
        let turn = self.turn(&copy);
        let stream = self.client.copy_out(&copy).await;
        let why = |error| self.log.limit().map_or_else(|| chain(&error), str::to_owned);
        let mut stream = pin!(stream.map_err(why)?);
        let mut digest = BinaryRows::default();
        while let Some(chunk) = stream.next().await {
            digest.feed(&chunk.map_err(why)?);
            // The tap limits the size of a reply. The count is reset after each piece, because this reply may be long.
            self.log.take();
        }
        self.log.take();
        turn.show();
        digest.finish()
    }

    /// Closes the session and waits until the server has closed it too. Then its locks are released.
    pub async fn close(self) {
        drop(self.client);
        let _ = tokio::time::timeout(Duration::from_secs(2), self.driver).await;
    }
}

impl Turn {
    /// Shows the message and its time with `-vv`. Values are sent as parameters, so the words hold none.
    fn show(&self) {
        if let Some(words) = &self.words {
            let milliseconds = self.begun.elapsed().as_secs_f64() * 1000.0;
            tracing::debug!("message {}: {words}, {milliseconds:.1} ms", self.number);
        }
    }
}

/// The rows of each statement of one message. It reads until the server is ready for the next message or the connection ends.
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
            // The tap has recorded the server's error. The stream must be read until the server is ready for the next message.
            Err(error) if error.as_db_error().is_some() => {}
            Err(error) => return Err(chain(&error)),
        }
    }
    Ok(statements)
}

/// A row of the extended protocol. Its values are binary; only text and boolean are supported.
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

/// An error with its causes. The driver's own Display leaves the causes out.
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
