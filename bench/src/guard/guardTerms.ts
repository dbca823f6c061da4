export interface GuardTerms {
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
  readonly address: string;
}

export interface AbuseCounts {
  readonly sent: number;
  readonly statuses: Readonly<Record<string, number>>;
}
