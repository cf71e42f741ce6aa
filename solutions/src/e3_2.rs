//! E3.2 — Four encoders.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e3_2::{
    ApplyError, Change, LogEncoder, PageWrite, Part, Replica, RowChange, Timestamp, User, Value,
};

/// Ships the statements' text, with the leader's moment in the place of `NOW()`.
pub struct StatementLog;

/// Ships what was written to pages.
pub struct PhysicalLog;

/// Ships the rows that changed.
pub struct LogicalLog;

/// Ships what the trigger wrote down.
pub struct TriggerLog;

impl LogEncoder for StatementLog {
    fn encode(change: &Change) -> Vec<u8> {
        // BEGIN SOLUTION todo!("which texts have the same effect everywhere as {:?}?", change.statements)
        let now = Value::Timestamp(change.now);
        let mut out = Vec::new();
        put(&mut out, change.statements.len() as u64);
        for statement in &change.statements {
            let text = statement.0.iter().map(|part| match part {
                Part::Sql(text) => text.clone(),
                Part::Value(value) => value.to_string(),
                Part::Now => now.to_string(),
            });
            put_bytes(&mut out, text.collect::<String>().as_bytes());
        }
        out
        // END SOLUTION
    }

    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
        // BEGIN SOLUTION let _ = replica;\ntodo!("carry out the statements in {bytes:?}")
        let mut log = Reader(bytes);
        for _ in 0..log.number()? {
            replica.execute(&log.text()?)?;
        }
        log.end()?;
        replica.commit();
        Ok(())
        // END SOLUTION
    }
}

impl LogEncoder for PhysicalLog {
    fn encode(change: &Change) -> Vec<u8> {
        // BEGIN SOLUTION todo!("what must another node with the same pages write? {:?}", change.pages)
        let mut out = Vec::new();
        put(&mut out, u64::from(change.layout));
        put(&mut out, change.pages.len() as u64);
        for write in &change.pages {
            let (new, tuple) = write.new.as_ref().map_or((0, &[][..]), |(new, tuple)| (*new, tuple));
            // No pointer has the number 0.
            for number in [write.file, write.block, write.old.unwrap_or(0).into(), new.into()] {
                put(&mut out, number.into());
            }
            put_bytes(&mut out, tuple);
        }
        out
        // END SOLUTION
    }

    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
        // BEGIN SOLUTION let _ = replica;\ntodo!("make the writes in {bytes:?}, if they fit")
        let mut log = Reader(bytes);
        let layout = log.number()? as u16;
        if layout != replica.layout() {
            return Err(ApplyError::Layout { log: layout, here: replica.layout() });
        }
        for _ in 0..log.number()? {
            let (file, block) = (log.number()? as u32, log.number()? as u32);
            let (old, new) = (log.number()? as u16, log.number()? as u16);
            let tuple = log.bytes()?.to_vec();
            let old = (old > 0).then_some(old);
            let new = (new > 0).then_some((new, tuple));
            replica.write_page(&PageWrite { file, block, old, new })?;
        }
        log.end()?;
        replica.commit();
        Ok(())
        // END SOLUTION
    }
}

impl LogEncoder for LogicalLog {
    fn encode(change: &Change) -> Vec<u8> {
        // BEGIN SOLUTION todo!("what must a node with the same rows know? {:?}", change.rows)
        let rows = change.rows.iter().map(|row| match row {
            RowChange::Insert { new } => (None, Some(new)),
            RowChange::Update { old, new } => (Some(old.id), Some(new)),
            RowChange::Delete { old } => (Some(old.id), None),
        });
        encode_rows(&rows.collect::<Vec<_>>())
        // END SOLUTION
    }

    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
        // BEGIN SOLUTION let _ = replica;\ntodo!("change the rows as {bytes:?} say")
        apply_rows(bytes, replica)
        // END SOLUTION
    }
}

impl LogEncoder for TriggerLog {
    fn encode(change: &Change) -> Vec<u8> {
        // BEGIN SOLUTION todo!("what did the trigger see, and in which order? {:?}", change.noted)
        let mut noted: Vec<_> = change.noted.iter().collect();
        noted.sort_by_key(|noted| noted.number);
        let rows = noted.into_iter().map(|noted| {
            let key = noted.old.as_ref().map(|_| noted.key);
            (key, noted.new.as_ref())
        });
        encode_rows(&rows.collect::<Vec<_>>())
        // END SOLUTION
    }

    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
        // BEGIN SOLUTION let _ = replica;\ntodo!("do what the trigger saw: {bytes:?}")
        apply_rows(bytes, replica)
        // END SOLUTION
    }
}
// BEGIN SOLUTION

/// Rows by the keys that they had before: no key for a new row, nothing after it for one that vanished.
fn encode_rows(rows: &[(Option<i64>, Option<&User>)]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, rows.len() as u64);
    for (key, new) in rows {
        put_optional(&mut out, key.map(i64::to_le_bytes));
        put(&mut out, u64::from(new.is_some()));
        if let Some(new) = new {
            put(&mut out, new.id as u64);
            put_optional(&mut out, new.name.as_ref());
            put_optional(&mut out, new.email.as_ref());
            put_optional(&mut out, new.updated_at.map(|at| at.as_us().to_le_bytes()));
        }
    }
    out
}

fn apply_rows(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
    let mut log = Reader(bytes);
    for _ in 0..log.number()? {
        let key = log.optional(|log| Reader(log.bytes()?).number())?.map(|key| key as i64);
        let new = log.optional(Reader::user)?;
        match (key, new) {
            (None, Some(new)) => replica.insert(&new)?,
            (Some(key), Some(new)) => replica.update(key, &new)?,
            (Some(key), None) => replica.delete(key)?,
            (None, None) => return Err(ApplyError::Corrupt),
        }
    }
    log.end()?;
    replica.commit();
    Ok(())
}

fn put(out: &mut Vec<u8>, number: u64) {
    out.extend(number.to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend(bytes);
}

fn put_optional(out: &mut Vec<u8>, bytes: Option<impl AsRef<[u8]>>) {
    put(out, u64::from(bytes.is_some()));
    if let Some(bytes) = bytes {
        put_bytes(out, bytes.as_ref());
    }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], ApplyError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ApplyError::Corrupt)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, ApplyError> {
        let bytes = self.take(8)?.try_into().map_err(|_| ApplyError::Corrupt)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn bytes(&mut self) -> Result<&'b [u8], ApplyError> {
        let length = self.number()?;
        self.take(length as usize)
    }

    fn text(&mut self) -> Result<String, ApplyError> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|_| ApplyError::Corrupt)
    }

    fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ApplyError>,
    ) -> Result<Option<T>, ApplyError> {
        let there = self.number()? > 0;
        there.then(|| read(self)).transpose()
    }

    fn user(&mut self) -> Result<User, ApplyError> {
        Ok(User {
            id: self.number()? as i64,
            name: self.optional(Self::text)?,
            email: self.optional(Self::text)?,
            updated_at: self.optional(|log| Ok(Timestamp::from_us(Reader(log.bytes()?).number()?)))?,
        })
    }

    fn end(&self) -> Result<(), ApplyError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApplyError::Corrupt) }
    }
}
// END SOLUTION
