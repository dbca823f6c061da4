/**
 * Names consist of letters, digits, `-`, `.` and `/`; none is a folder of another. All methods
 * throw REPOSITORY_UNAVAILABLE.
 */
export interface BlobStore {
  /** For people; contains no credentials. */
  readonly place: string;
  /** Replaces. The blob is durable and complete once the call returns, and absent or complete before. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** As `put`, but changes no existing blob. False if there is one. */
  create(name: string, bytes: Uint8Array): Promise<boolean>;
  /** Undefined if there is no such blob. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Names. */
  list(prefix: string): AsyncIterable<string>;
  /** No-op if there is no such blob. */
  delete(name: string): Promise<void>;
}
