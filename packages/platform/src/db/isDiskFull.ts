/** Where the operating system tells why, in its own words (Node.js). */
const CODES: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);
/** As the embedded database's file system tells it, by the numbers of WASI: `nospc` and `dquot`. */
const WASI_NUMBERS: ReadonlySet<unknown> = new Set([51, 19]);

/** Whether an error, or what caused it, is that a disk is full. */
export function isDiskFull(error: unknown): boolean {
  for (let cause = error; typeof cause === "object" && cause !== null; cause = (cause as Error).cause) {
    const { code, name, errno } = cause as { code?: unknown; name?: unknown; errno?: unknown };
    if (CODES.has(code) || (name === "ErrnoError" && WASI_NUMBERS.has(errno))) return true;
  }
  return false;
}
