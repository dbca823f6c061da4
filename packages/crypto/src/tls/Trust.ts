/** Default: the system's certificate authorities. */
export interface Trust {
  /** PEM of the only trusted authorities. */
  readonly authority?: string | undefined;
  /** `sha256/BASE64` of accepted SubjectPublicKeyInfos. Without `authority`, no certificate authority is required. */
  readonly pins?: readonly string[] | undefined;
  /** PEM, for servers that require a client certificate. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

export const PIN: RegExp = /^sha256\/[A-Za-z0-9+/]{43}=$/;
