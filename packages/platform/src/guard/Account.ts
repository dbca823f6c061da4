import { SlidingWindow } from "./SlidingWindow.ts";

/** Counts of one address or principal. */
export class Account {
  readonly key: string;
  readonly window: SlidingWindow;
  /** TCP, of an address. */
  connections = 0;
  /** WebSockets, also behind a proxy. */
  sockets = 0;
  #others = 0;
  /** Of the last exchange. ms */
  #othersMs = 0;
  /** Cost that the shared counters do not know yet. */
  unsent = 0;
  readonly #windowMs: number;
  #methods: Map<string, SlidingWindow> | undefined;

  constructor(key: string, windowMs: number) {
    this.key = key;
    this.#windowMs = windowMs;
    this.window = new SlidingWindow(windowMs);
  }

  /** Cost within the window in other processes. */
  othersAt(nowMs: number): number {
    if (this.#others === 0) return 0;
    return nowMs - this.#othersMs > this.#windowMs ? 0 : this.#others;
  }

  setOthers(cost: number, nowMs: number): void {
    this.#others = Math.max(0, cost);
    this.#othersMs = nowMs;
  }

  /** @param method one of the methods with a limit */
  methodWindow(method: string): SlidingWindow {
    this.#methods ??= new Map();
    let window = this.#methods.get(method);
    if (window === undefined) {
      window = new SlidingWindow(this.#windowMs);
      this.#methods.set(method, window);
    }
    return window;
  }
}
