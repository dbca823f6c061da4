/** Source of the derived components (RFC 9421, section 2.2). */
export interface SignableRequest {
  readonly method: string;
  readonly scheme: string;
  /** Lower case, as `example.com:8443`. */
  readonly authority: string;
  /** As sent: `/v1/x?y=1`. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}
