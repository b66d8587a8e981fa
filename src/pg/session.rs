//! One session: login, messages and their whole replies.

use super::dial::Redial;
use super::lacking::Lacking;
use super::message::Message;
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
use tokio_postgres::{CancelToken, Client, SimpleQueryMessage};

/// One row in text form; columns by name.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The names, which all rows of a statement share.
    columns: Arc<[String]>,
    values: Vec<Option<String>>,
}

impl Row {
    /// The text of a column; `None` for NULL or a column that is not there.
    pub fn get(&self, column: &str) -> Option<&str> {
        let place = self.columns.iter().position(|name| name == column)?;
        self.values.get(place)?.as_deref()
    }

    /// The text of a column, empty for NULL.
    pub fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_default()
    }

    /// Whether a boolean column is true.
    pub fn is_true(&self, column: &str) -> bool {
        self.get(column) == Some("t")
    }

    /// A number.
    pub fn number(&self, column: &str) -> Option<i64> {
        self.get(column)?.parse().ok()
    }

    /// A row without a NULL, as a test writes it down.
    #[cfg(test)]
    pub(crate) fn told(columns: &[(&str, &str)]) -> Self {
        Self::of(&columns.iter().map(|(name, value)| (name, Some(value))).collect::<Vec<_>>())
    }

    /// A row as a test writes it down.
    #[cfg(test)]
    pub(crate) fn of<Name: AsRef<str>, Value: AsRef<str>>(columns: &[(Name, Option<Value>)]) -> Self {
        Self {
            columns: columns.iter().map(|(name, _)| name.as_ref().to_owned()).collect(),
            values: columns.iter().map(|(_, value)| value.as_ref().map(|value| value.as_ref().to_owned())).collect(),
        }
    }
}

/// What one statement answered.
#[derive(Clone, Debug, Default)]
pub struct StatementReply {
    /// The command tag.
    pub tag: String,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Notices of any severity that it raised, in order.
    pub notices: Vec<ServerMessage>,
}

/// What the server answered to one message, until it was ready again.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The statements that completed; with an error, one more that did not, holding its notices.
    pub statements: Vec<StatementReply>,
    /// The error that ended the message.
    pub error: Option<ServerMessage>,
    /// `I`, `T` or `E`.
    pub status: u8,
}

impl Reply {
    /// The number of the statement that failed.
    pub fn failed_statement(&self) -> Option<usize> {
        self.error.as_ref().map(|_| self.statements.len() - 1)
    }

    /// The rows of a statement, by number.
    pub fn rows(&self, statement: usize) -> &[Row] {
        self.statements.get(statement).map_or(&[], |reply| &reply.rows)
    }

    /// The first row of a statement.
    pub fn row(&self, statement: usize) -> Option<&Row> {
        self.rows(statement).first()
    }
}

/// The connection is gone.
#[derive(Clone, Debug, Default)]
pub struct Lost {
    /// The last error, or warning that announced the end, that the server managed to send.
    pub last: Option<ServerMessage>,
    /// What the driver said.
    pub driver: String,
    /// Statements that completed before the end.
    pub completed: usize,
    /// A limit of this program ended it, which `driver` names.
    pub by_limit: bool,
}

impl Lost {
    /// Nothing came for so long.
    pub fn silent(patience: Duration) -> Self {
        Self { driver: format!("no answer within {} s", patience.as_secs()), ..Self::default() }
    }

    /// The server's last words, else the driver's.
    pub fn words(&self) -> &str {
        if self.by_limit {
            return &self.driver;
        }
        self.last.as_ref().map_or(&self.driver, |words| words.message())
    }
}

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
        Ok(Self { client, log, driver, token, redial, awaiting: AtomicBool::new(false), lacking: Lacking::default() })
    }

    /// The process id given at login.
    pub fn login_pid(&self) -> Option<i32> {
        self.log.backend_pid()
    }

    /// Whether it is no database at all that answers, but a pooler's own console.
    pub fn is_console_of_pooler(&self) -> bool {
        self.log.is_console_of_pooler()
    }

    /// Asks the server to cancel what runs, over a connection of its own. Whether anything was cancelled, the session itself tells.
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

    /// [`Session::simple`] with an end to its patience. After it the session is of no use any more: a late reply could not be told from
    /// the next one.
    ///
    /// # Errors
    /// See [`Session::simple`].
    pub async fn within(&self, patience: Duration, sql: &str) -> Result<Reply, Lost> {
        tokio::time::timeout(patience, self.simple(sql)).await.unwrap_or_else(|_| Err(Lost::silent(patience)))
    }

    /// What the server said since the last message was answered; an error when that one never was.
    fn begin(&self) -> Result<Vec<Event>, Lost> {
        if self.awaiting.swap(true, Ordering::AcqRel) {
            return Err(Lost { driver: "an earlier message was not answered".to_owned(), ..Lost::default() });
        }
        Ok(self.log.take())
    }

    /// The reply is complete. A server that ended the session between two messages said so before the second was sent.
    fn end<T>(&self, earlier: &[Event], answered: Result<T, Lost>) -> Result<T, Lost> {
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

    /// Sends one parameterised query and, in the same flight, a message: one turn for both.
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

    /// The rows of each statement, until the server is ready or the connection ends.
    async fn send(&self, sql: &str) -> Result<Vec<Vec<Row>>, String> {
        let stream = self.client.simple_query_raw(sql).await.map_err(|error| chain(&error))?;
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

/// Reads COPY's binary form: a signature, then rows of one column, then an end mark.
#[derive(Default)]
struct BinaryRows {
    rest: Vec<u8>,
    begun: bool,
    ended: bool,
    rows: i64,
    hash: sha2::Sha256,
}

impl BinaryRows {
    /// Signature, flags, and the length of an extension that is not used.
    const HEADER: usize = 19;

    fn feed(&mut self, chunk: &[u8]) {
        use sha2::Digest as _;
        self.rest.extend_from_slice(chunk);
        let mut at = 0;
        if !self.begun && self.rest.len() >= Self::HEADER {
            (self.begun, at) = (true, Self::HEADER);
        }
        while self.begun && !self.ended {
            let Some(columns) = self.rest[at..].first_chunk::<2>() else { break };
            if *columns == [0xff, 0xff] {
                self.ended = true;
                break;
            }
            let Some(length) = self.rest[at + 2..].first_chunk::<4>() else { break };
            // NULL has the length -1 and no bytes.
            let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or_default();
            let Some(value) = self.rest.get(at + 6..at + 6 + length) else { break };
            self.hash.update(value);
            self.hash.update(b"\n");
            self.rows += 1;
            at += 6 + length;
        }
        self.rest.drain(..at);
    }

    fn finish(self) -> Result<(i64, String), String> {
        use sha2::Digest as _;
        if !self.ended {
            return Err("the copy ended before its end mark".to_owned());
        }
        let hex = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((self.rows, hex))
    }
}

/// A row of the extended protocol, whose values are binary: only text and boolean are asked for this way.
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

/// One reply, and what the server said after it: why it ends the session, for instance, which is no answer to what was asked.
fn split_at_ready(mut events: Vec<Event>) -> (Vec<Event>, Vec<Event>) {
    let first = events.iter().position(|event| matches!(event, Event::Ready(_))).map_or(events.len(), |at| at + 1);
    let second = events.split_off(first);
    (events, second)
}

/// Joins the driver's rows with the tap's events: the tags, notices and the error are the tap's alone.
fn assemble(rows: Result<Vec<Vec<Row>>, String>, events: Vec<Event>) -> Result<Reply, Lost> {
    let mut reply = Reply::default();
    let mut current = StatementReply::default();
    let last = last_words(&events);
    let mut ready = false;
    for event in events {
        match event {
            Event::Notice(notice) => current.notices.push(notice),
            Event::Complete(tag) => {
                current.tag = tag;
                reply.statements.push(std::mem::take(&mut current));
            }
            Event::Error(error) => {
                reply.statements.push(std::mem::take(&mut current));
                reply.error = Some(error);
            }
            Event::Ready(status) => {
                reply.status = status;
                ready = true;
            }
        }
    }
    let completed = reply.statements.len() - usize::from(reply.error.is_some());
    match rows {
        Ok(rows) if ready => {
            for (statement, rows) in reply.statements.iter_mut().zip(rows) {
                statement.rows = rows;
            }
            Ok(reply)
        }
        Ok(_) => Err(Lost { last, driver: "the connection ended".to_owned(), completed, by_limit: false }),
        // A typed query reports the server's own error as the driver's: it is a reply when the server is ready again.
        Err(_) if ready && reply.error.is_some() => Ok(reply),
        Err(driver) => Err(Lost { last, driver, completed, by_limit: false }),
    }
}

/// The last error, or the warning that announces a shutdown (class 57P), among the events.
fn last_words(events: &[Event]) -> Option<ServerMessage> {
    events.iter().rev().find_map(|event| match event {
        Event::Error(error) => Some(error.clone()),
        Event::Notice(notice) if notice.code().starts_with("57P") => Some(notice.clone()),
        _ => None,
    })
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
