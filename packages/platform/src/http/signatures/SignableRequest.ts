/** Signable parts of a request, RFC 9421 section 2.2. */
export interface SignableRequest {
  readonly method: string;
  readonly scheme: string;
  /** `example.com` or `example.com:8443`, lower case. */
  readonly authority: string;
  /** As sent, with query: `/v1/x?y=1`. */
  readonly target: string;
  /** Lower-case names. Repeated fields have list values. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}
