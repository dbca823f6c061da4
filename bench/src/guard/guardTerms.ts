export interface GuardTerms {
  /** Cost per minute of the abusive client's address. */
  readonly abuserLimit: number;
  readonly key: string;
}

export interface GuardServers {
  readonly guarded: string;
  readonly open: string;
}

export interface AbuseTerms {
  readonly url: string;
  readonly callsPerSecond: number;
  readonly connections: number;
  /** Address in `X-Forwarded-For`. */
  readonly address: string;
}

export interface AbuseCounts {
  readonly sent: number;
  readonly statuses: Readonly<Record<string, number>>;
}
