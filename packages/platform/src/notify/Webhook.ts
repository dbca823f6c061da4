/** Where somebody wants to be told of events. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** `snapshot.published`; `*` for all. */
  readonly eventTypes: readonly string[];
  readonly createdBy: string;
  readonly createdAtMs: number;
}

/** What is told. The data is what an API would answer with, and holds nothing that its receiver may not see. */
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  readonly timeMs: number;
  readonly data: unknown;
}

/** One event on its way to one webhook. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: WebhookEvent;
  readonly state: "waiting" | "delivered" | "dead";
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly nextAttemptAtMs: number | undefined;
  /** What came of the last attempt: `200`, `503`, `ECONNREFUSED`. */
  readonly lastOutcome: string | undefined;
}

export interface StoredWebhooks {
  insertWebhook(webhook: Webhook): Promise<void>;
  findWebhook(id: string): Promise<Webhook | undefined>;
  listWebhooks(afterId: string | undefined, limit: number): Promise<readonly Webhook[]>;
  /** False if there was none. Its deliveries go with it. */
  removeWebhook(id: string): Promise<boolean>;
  webhooksFor(eventType: string): Promise<readonly Webhook[]>;
}

export interface StoredDeliveries {
  /** False if there is one of this identifier already: the event was published before. */
  insertDelivery(delivery: Delivery): Promise<boolean>;
  findDelivery(id: string): Promise<Delivery | undefined>;
  updateDelivery(delivery: Delivery): Promise<void>;
  /**
   * Puts the next attempt of one that waits off until a time, where it still is as it was read.
   * @returns whether it was: of several who read it one has its attempt
   */
  claimDelivery(delivery: Delivery, untilMs: number): Promise<boolean>;
  listDeliveries(
    webhookId: string,
    state: Delivery["state"] | undefined,
    afterId: string | undefined,
    limit: number,
  ): Promise<readonly Delivery[]>;
  /** Of those that ended so and were made before a time; or only counts them. @returns how many */
  removeDeliveries(
    state: Exclude<Delivery["state"], "waiting">,
    beforeMs: number,
    isDryRun: boolean,
  ): Promise<number>;
}

export interface WebhookStore extends StoredWebhooks, StoredDeliveries {}

/** A durable queue: a job that it took runs at least once, also after a crash, and again if it throws. */
export interface DelayQueue<Job> {
  enqueue(job: Job, runAtMs: number): Promise<void>;
}

/** Sends one request, and never follows a redirect. */
export interface Sender {
  /** The status; throws with a `code` when there was no answer. */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    timeoutMs: number,
  ): Promise<number>;
}
