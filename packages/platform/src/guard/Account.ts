import { SlidingWindow } from "./SlidingWindow.ts";

export class Account {
  readonly key: string;
  readonly window: SlidingWindow;
  /** TCP connections of an address. */
  connections = 0;
  /** WebSockets, including those behind a proxy. */
  sockets = 0;
  #others = 0;
  /** Time of the last exchange with the shared counters. */
  #othersMs = 0;
  /** Cost not yet added to the shared counters. */
  unsent = 0;
  readonly #windowMs: number;
  #methods: Map<string, SlidingWindow> | undefined;

  constructor(key: string, windowMs: number) {
    this.key = key;
    this.#windowMs = windowMs;
    this.window = new SlidingWindow(windowMs);
  }

  /** Cost in other processes within the window. */
  othersAt(nowMs: number): number {
    if (this.#others === 0) return 0;
    return nowMs - this.#othersMs > this.#windowMs ? 0 : this.#others;
  }

  setOthers(cost: number, nowMs: number): void {
    this.#others = Math.max(0, cost);
    this.#othersMs = nowMs;
  }

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
