/** What of a request can be signed: RFC 9421 section 2.2 and its header fields. */
export interface SignableRequest {
  /** `POST` */
  readonly method: string;
  /** `https` */
  readonly scheme: string;
  /** `example.com` or `example.com:8443`, lower case. */
  readonly authority: string;
  /** As it was sent, with its query: `/v1/x?y=1`. */
  readonly target: string;
  /** Lower-case names. Values of a repeated field stand in a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}
