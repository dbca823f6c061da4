export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly createdBy: string;
  readonly createdAtMs: number;
}

export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly timeMs: number;
  readonly data: unknown;
}

export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: WebhookEvent;
  readonly state: "waiting" | "delivered" | "dead";
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly nextAttemptAtMs: number | undefined;
  readonly lastOutcome: string | undefined;
}

export interface StoredWebhooks {
  insertWebhook(webhook: Webhook): Promise<void>;
  findWebhook(id: string): Promise<Webhook | undefined>;
  listWebhooks(afterId: string | undefined, limit: number): Promise<readonly Webhook[]>;
  /** Also removes its deliveries. @returns false if unknown */
  removeWebhook(id: string): Promise<boolean>;
  webhooksFor(eventType: string): Promise<readonly Webhook[]>;
}

export interface StoredDeliveries {
  /** @returns false if the event was already published */
  insertDelivery(delivery: Delivery): Promise<boolean>;
  findDelivery(id: string): Promise<Delivery | undefined>;
  updateDelivery(delivery: Delivery): Promise<void>;
  /** @returns false if another process changed the delivery */
  claimDelivery(delivery: Delivery, untilMs: number): Promise<boolean>;
  listDeliveries(
    webhookId: string,
    state: Delivery["state"] | undefined,
    afterId: string | undefined,
    limit: number,
  ): Promise<readonly Delivery[]>;
  /** @param beforeMs creation time @returns the number removed, or found in a dry run */
  removeDeliveries(
    state: Exclude<Delivery["state"], "waiting">,
    beforeMs: number,
    isDryRun: boolean,
  ): Promise<number>;
}

export interface WebhookStore extends StoredWebhooks, StoredDeliveries {}

/** Durable. Delivers at least once. */
export interface DelayQueue<Job> {
  enqueue(job: Job, runAtMs: number): Promise<void>;
}

export interface Sender {
  /** @returns the HTTP status @throws an error with `code` if there is no response */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    timeoutMs: number,
  ): Promise<number>;
}
