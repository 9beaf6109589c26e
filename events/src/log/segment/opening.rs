//! Opening to write: reads everything, and only if all of it is in order changes anything.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use super::disk::{Disk, DiskFile, read_full, write_all};
use super::header::{HEADER_BYTES, Header};
use super::mark::{MARK_DRAFT, MARK_FILE, Mark, remove_if_there};
use super::published::{Index, Segment};
use super::scan::{Scan, scan, segments};
use super::writer::{Encoded, SEGMENT_DRAFT, State, Writer, prepare_segment, put_segment_in_force};
use super::{Options, Torn};
use crate::log::OpenError;
use crate::stream::Position;

/// Bytes copied at once.
const PIECE_BYTES: usize = 1024 * 1024;

/// What opening makes of a directory.
pub(super) struct Opened {
    pub writer: Writer,
    pub index: Index,
    pub recovered: Vec<Torn>,
}

/// See the module.
pub(super) fn open(disk: Arc<dyn Disk>, options: Options) -> Result<Opened, OpenError> {
    let known = known_mark(&*disk)?;
    let mark = known.unwrap_or(Mark::EMPTY);
    let mut scan = scan(&*disk, mark, true)?;
    check_mark_seen(&scan, mark)?;

    remove_if_there(&*disk, MARK_DRAFT)?;
    remove_if_there(&*disk, SEGMENT_DRAFT)?;
    if known.is_none() {
        // The mark comes before the first segment: see its module.
        mark.prepare(&*disk)?;
        Mark::put_in_force(&*disk)?;
    }
    if scan.index.segments.is_empty() {
        scan.index.segments.push(first_segment(&*disk)?);
    }
    let segment = scan.index.segments.last().expect("invariant: there is a first segment");
    let (file, first, end) = (segment.file.clone(), segment.first, segment.end);
    if let Some(torn) = &mut scan.torn {
        save(&*disk, &*file, torn)?;
        file.truncate(torn.offset)?;
    }
    let marked_end = if mark.segment == first { mark.offset } else { HEADER_BYTES as u64 };
    write_again(&*file, marked_end, end)?;
    file.sync()?;
    disk.sync_folder("")?;

    let mut writer = Writer {
        disk,
        options,
        allocated: file.bytes()?,
        file,
        first,
        end,
        size: scan.index.size,
        hash: scan.hash,
        recorded_at: scan.recorded_at,
        mark: mark.size,
        state: State::Open,
        batch: Encoded::default(),
    };
    writer.mark().map_err(|error| OpenError::Io(io::Error::other(error)))?;
    Ok(Opened { writer, index: scan.index, recovered: scan.torn.into_iter().collect() })
}

/// The mark; `None` only for a log that was never opened before.
pub(super) fn known_mark(disk: &dyn Disk) -> Result<Option<Mark>, OpenError> {
    let mark = Mark::read(disk)?;
    if mark.is_none() && !segments(disk)?.is_empty() {
        return Err(mark_damaged("there are segments, but no mark".to_owned()));
    }
    Ok(mark)
}

/// Refuses a mark that is older than one the segments know of.
pub(super) fn check_mark_seen(scan: &Scan, mark: Mark) -> Result<(), OpenError> {
    if scan.mark_seen <= mark.size {
        return Ok(());
    }
    let what = format!(
        "the mark vouches for {} records, the segments know of a mark for {}",
        mark.size, scan.mark_seen
    );
    Err(mark_damaged(what))
}

fn mark_damaged(what: String) -> OpenError {
    OpenError::Damaged { position: Position::START, file: MARK_FILE.to_owned(), offset: 0, what }
}

fn first_segment(disk: &dyn Disk) -> io::Result<Segment> {
    let header = Header { first: Position::START, mark: Position::START, hash: [0; 32] };
    let file = prepare_segment(disk, &header)?;
    put_segment_in_force(disk, &header)?;
    let end = HEADER_BYTES as u64;
    Ok(Segment { first: Position::START, file, offsets: Vec::new(), end })
}

/// Copies a torn tail to `torn/<position>-<n>.bin`, durably, before it is cut off.
fn save(disk: &dyn Disk, file: &dyn DiskFile, torn: &mut Torn) -> io::Result<()> {
    let mut numbers = 1_u32..;
    let (name, copy) = loop {
        let number = numbers.next().ok_or(ErrorKind::StorageFull)?;
        let name = format!("torn/{:020}-{number}.bin", torn.position.0);
        match disk.create(&name) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            created => break (name, created?),
        }
    };
    copy_range(file, torn.offset, torn.offset + torn.bytes, &*copy, 0)?;
    copy.sync()?;
    disk.sync_folder("torn")?;
    disk.sync_folder("")?;
    torn.saved = Some(name);
    Ok(())
}

/// Writes the bytes past the mark once more, unchanged. After a failed sync and a restart of
/// the process they may lie in the page cache only, and be held for clean: then the next sync
/// would not write them, and readers would see records that a power cut takes away.
fn write_again(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    copy_range(file, from, to, file, from)
}

pub(super) fn copy_range(
    source: &dyn DiskFile,
    mut from: u64,
    to: u64,
    target: &dyn DiskFile,
    mut at: u64,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    while from < to {
        let wanted = PIECE_BYTES.min((to - from) as usize);
        let read = read_full(source, &mut piece[..wanted], from)?;
        if read < wanted {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        write_all(target, &piece[..read], at)?;
        from += read as u64;
        at += read as u64;
    }
    Ok(())
}
