/** Without authority and pins: the authorities of the system. */
export interface Trust {
  /** PEM; the only authorities. Without them, `pins` alone decide. */
  readonly authority?: string | undefined;
  /** Of the server's public key (SubjectPublicKeyInfo): `sha256/BASE64`; several while it is replaced. */
  readonly pins?: readonly string[] | undefined;
  /** PEM, for servers that ask for a client certificate. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

export const PIN: RegExp = /^sha256\/[A-Za-z0-9+/]{43}=$/;
