//! Archives, read entry by entry into memory. Nothing is unpacked onto the disk.

use std::io::{Cursor, Read};

use flate2::read::GzDecoder;
use tar::EntryType;

use super::files::{Budget, Files, Kind, is_looked_into, kind, normalised, text};
use crate::pipeline::sanitise_line;

/// How an archive is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.zip`
    Zip,
    /// `.tar`
    Tar,
    /// `.tar.gz`, `.tgz`
    TarGz,
}

/// Takes the files of an archive that could hold answers; `name` is the archive's own, for notes.
pub(super) fn unpack(name: &str, bytes: &[u8], format: Format, budget: &mut Budget, files: &mut Files) {
    let read = match format {
        Format::Zip => unzip(bytes, budget, files),
        Format::Tar => untar(bytes, budget, files),
        Format::TarGz => {
            // What is passed over is expanded as well.
            let most = budget.bytes;
            untar(GzDecoder::new(bytes).take(most), budget, files)
        }
    };
    if let Err(why) = read {
        files.notes.push(format!("{} is not read to its end: {}", sanitise_line(name), sanitise_line(&why)));
    }
}

fn unzip(bytes: &[u8], budget: &mut Budget, files: &mut Files) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| e.to_string())?;
    for index in 0..archive.len() {
        count(budget)?;
        let mut entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(why) => {
                files.notes.push(format!("an entry can't be read: {}", sanitise_line(&why.to_string())));
                continue;
            }
        };
        if entry.is_dir() {
            continue;
        }
        let path = entry.name().map_err(|e| e.to_string())?.into_owned();
        let regular = !entry.is_symlink();
        take(&path, regular, &mut entry, budget, files)?;
    }
    Ok(())
}

fn untar(reader: impl Read, budget: &mut Budget, files: &mut Files) -> Result<(), String> {
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().map_err(|e| e.to_string())? {
        count(budget)?;
        let mut entry = entry.map_err(|e| e.to_string())?;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::Directory | EntryType::XGlobalHeader) {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        take(&path, kind == EntryType::Regular, &mut entry, budget, files)?;
    }
    Ok(())
}

fn count(budget: &mut Budget) -> Result<(), String> {
    budget.entries = budget.entries.checked_sub(1).ok_or("it has too many entries")?;
    Ok(())
}

/// # Errors
/// When the budget is at its end, or the archive.
fn take(
    path: &str,
    regular: bool,
    content: &mut impl Read,
    budget: &mut Budget,
    files: &mut Files,
) -> Result<(), String> {
    let shown = sanitise_line(path);
    let Some(inside) = normalised(path) else {
        files.notes.push(format!("{shown} is refused: its path leads elsewhere"));
        return Ok(());
    };
    let folder = inside.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (kind, cap) = match kind(&inside).filter(|_| folder.is_empty() || is_looked_into(folder)) {
        Some(known) => known,
        None => {
            files.others += 1;
            return Ok(());
        }
    };
    if !regular {
        files.notes.push(format!("{shown} is a link or no regular file, not followed"));
        return Ok(());
    }
    if let Kind::Archive(_) = kind {
        files.notes.push(format!("{shown} is an archive in an archive, and is not opened"));
        return Ok(());
    }
    let mut bytes = Vec::new();
    let most = cap.min(budget.bytes);
    content.take(most + 1).read_to_end(&mut bytes).map_err(|e| format!("{shown}: {e}"))?;
    if bytes.len() as u64 > budget.bytes {
        return Err("it expands to too much".into());
    }
    budget.bytes -= bytes.len() as u64;
    files.take(&inside, text(bytes, cap));
    Ok(())
}
