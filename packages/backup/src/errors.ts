import { defineErrors } from "@trellis/base";

export const backupErrors = defineErrors({
  REPOSITORY_MISSING: {
    message: "no backup repository",
    hint: "create it with `trellis backup init`, or check the URL",
    consequence: "reject",
  },
  REPOSITORY_EXISTS: {
    message: "repository already exists",
    hint: "use it, or choose an empty directory or prefix; nothing was changed",
    consequence: "reject",
  },
  REPOSITORY_UNAVAILABLE: {
    message: "repository cannot be read or written",
    hint: "check disk space, permissions, credentials and the network; `reason` has the system's error; run the command again",
    consequence: "retry",
  },
  REPOSITORY_DAMAGED: {
    message: "repository damaged or incomplete",
    hint: "run `trellis backup verify` to list all damage; restore from another repository, or from a backup that verifies",
    consequence: "fatal",
    facts: { object: "string", reason: "string" },
  },
  REPOSITORY_FORMAT_UNSUPPORTED: {
    message: "repository or backup in a newer format",
    hint: "a newer release of Trellis has written it: update Trellis, and run the command again",
    consequence: "reject",
  },
  REPOSITORY_KEY_WRONG: {
    message: "wrong key for the repository",
    hint: "pass a passphrase (--passphrase-from) or key (--wrapped-by) that the repository was created with or that was added to it; without one nobody can restore its backups",
    consequence: "reject",
  },
  REPOSITORY_KEY_UNKNOWN: {
    message: "repository has no such key",
    hint: "`trellis backup keys list` prints the ids; nothing was changed",
    consequence: "reject",
  },
  REPOSITORY_KEY_REFUSED: {
    message: "keys of the repository not changed",
    hint: "to remove a key, give the command another one with --passphrase-from or --wrapped-by; add that one first",
    consequence: "reject",
  },
  REPOSITORY_LOCKED: {
    message: "repository in use by another run",
    hint: "wait until the other run has ended; a lock of a process that died expires at `expires`; if that is far in the future, the clock was wrong: make sure that no other run is active, and delete `lock`",
    consequence: "retry",
  },
  ARCHIVE_REFUSED: {
    message: "repository cannot be its own archive",
    hint: "pass another repository with --archive-to; nothing was removed",
    consequence: "reject",
  },
  BACKUP_UNKNOWN: {
    message: "unknown backup",
    hint: "`trellis backup list` prints the ids; `latest` is the newest backup",
    consequence: "reject",
  },
  BACKUP_PATH_UNKNOWN: {
    message: "no such file or directory in the backup",
    hint: "`near` has names that exist; paths are relative to the data directory, and `.` is all of it",
    consequence: "reject",
  },
  BACKUP_SOURCE_UNREADABLE: {
    message: "data cannot be read",
    hint: "run the backup as the user who owns the data; `reason` has the system's error; no backup was made",
    consequence: "reject",
  },
  BACKUP_SOURCE_CHANGED: {
    message: "data changed while it was copied",
    hint: "run the backup again; if it fails repeatedly, stop the service during the backup",
    consequence: "retry",
  },
  BACKUP_LOG_GAP: {
    message: "write-ahead log not continuous since the last backup",
    hint: "make a full backup with `trellis backup run`; times in the gap cannot be restored, earlier ones can",
    consequence: "reject",
  },
  BACKUP_POSTGRES_REFUSED: {
    message: "PostgreSQL cannot be backed up",
    hint: "check the URL of --postgres, and the role: REPLICATION, and EXECUTE on pg_create_restore_point and pg_switch_wal; `reason` has the server's error; no backup was made",
    consequence: "reject",
  },
  BACKUP_WAL_MISSING: {
    message: "segment of the write-ahead log not archived in time",
    hint: "check archive_command in the settings of PostgreSQL, and the server's log; no backup was made",
    consequence: "retry",
  },
  WAL_MALFORMED: {
    message: "not a file of PostgreSQL's write-ahead log",
    hint: "pass the path that PostgreSQL gives archive_command as %p; nothing was stored",
    consequence: "reject",
  },
  WAL_FOREIGN: {
    message: "write-ahead log of another PostgreSQL cluster",
    hint: "a repository has the log of one cluster: use another repository for this cluster; nothing was stored",
    consequence: "reject",
  },
  WAL_CONFLICT: {
    message: "file of the write-ahead log archived already, with other contents",
    hint: "two servers archive the same timeline: stop the one that is not the primary; nothing was stored",
    consequence: "fatal",
  },
  RESTORE_TIME_UNREACHABLE: {
    message: "no backup reaches this time",
    hint: "choose a time between `earliest` and `latest`, or `latest` itself; nothing was written",
    consequence: "reject",
  },
  RESTORE_REFUSED: {
    message: "target is not an empty directory",
    hint: "choose a path that does not exist, or an empty directory; nothing was written",
    consequence: "reject",
  },
  RESTORE_FAILED: {
    message: "restored data cannot be written",
    hint: "check free space and permissions, and run the restore again; no incomplete data is at the target",
    consequence: "retry",
  },
});
