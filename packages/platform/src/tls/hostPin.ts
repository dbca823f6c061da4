interface HostPin {
  readonly host: string;
  /** `sha256/BASE64` */
  readonly pin: string;
}

export function hostPin(entry: string): HostPin {
  const at = entry.indexOf("=");
  return { host: entry.slice(0, at).toLowerCase(), pin: entry.slice(at + 1) };
}

export function isHostPin(entry: string): boolean {
  return /^[0-9A-Za-z.:-]{1,253}=sha256\/[A-Za-z0-9+/]{43}=$/.test(entry);
}
