/** Default: the system's certificate authorities. */
export interface Trust {
  /** PEM of the only trusted authorities. If absent, `pins` alone decide. */
  readonly authority?: string | undefined;
  /** `sha256/BASE64` of the SubjectPublicKeyInfo; several during a key replacement. */
  readonly pins?: readonly string[] | undefined;
  /** PEM, for servers that require a client certificate. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

export const PIN: RegExp = /^sha256\/[A-Za-z0-9+/]{43}=$/;
