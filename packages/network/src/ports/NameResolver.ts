/** Answers are untrusted. Each lookup rejects if it fails or finds nothing. */
export interface NameResolver {
  /** IPv4 and IPv6 addresses of a host. */
  addresses(host: string): Promise<readonly string[]>;
  /** TXT records; the strings of a record are joined. */
  texts(name: string): Promise<readonly string[]>;
  /** Ends lookups in progress. */
  cancel(): void;
}
