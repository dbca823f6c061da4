import { isTrellisError } from "@trellis/base";
import type { BlockExchange, Hash } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { HeadersAnswer, Hello } from "../../wire/index.ts";
import type { ReadyPeer } from "../handshake/Handshakes.ts";
import { READING_LIMITS } from "../limits.ts";
import { type HeaderWindow, type Pending, withHashes } from "./HeaderWindow.ts";
import { pageFault } from "./pageFault.ts";

/** "ahead": a header's time is ahead of the clock. "silent": no answer. "false": invalid headers. */
export type ReadingEnd = "sink" | "ahead" | "silent" | "false";

interface HeaderReaderOptions {
  readonly chain: BlockExchange;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly window: HeaderWindow;
  readonly source: ReadyPeer;
  readonly blueWorkOf: (hash: Hash) => bigint | undefined;
  readonly progressed: (checked: readonly Pending[]) => void;
}

/** [SYNC-10] [SYNC-11] */
export class HeaderReader {
  readonly #options: HeaderReaderOptions;
  readonly #claim: Hello["sink"];
  #isStopped = false;
  #oldPages = 0;
  #wake: (() => void) | undefined;

  constructor(options: HeaderReaderOptions) {
    this.#options = options;
    this.#claim = options.source.hello.sink;
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  roomMade(): void {
    if (this.#options.window.hasRoom) this.#wake?.();
  }

  async read(): Promise<ReadingEnd> {
    let check: Promise<ReadingEnd | undefined> = Promise.resolve(undefined);
    for (;;) {
      await this.#room();
      if (this.#isStopped) return "silent";
      const page = await this.#readPage();
      const failed = await check;
      if (this.#isStopped) return "silent";
      if (failed !== undefined) return failed;
      if (typeof page === "string") return page;
      check = this.#check(page.added);
      if (page.isEnd) return (await check) ?? "sink";
    }
  }

  async #room(): Promise<void> {
    while (!this.#options.window.hasRoom && !this.#isStopped) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
    }
  }

  async #readPage(): Promise<{ readonly added: Pending[]; readonly isEnd: boolean } | ReadingEnd> {
    const { requests, window, source, chain } = this.#options;
    const locator = [...new Set([...window.pageTops, ...chain.locator()])];
    const request = { locator, countMax: READING_LIMITS.headersPerPage };
    const answer = await requests.headers(source.id, request);
    if (answer === undefined || this.#isStopped) return "silent";
    const headers = withHashes(answer.headers);
    const fault = pageFault(request, answer, headers, (hash) => window.has(hash) || chain.has(hash));
    if (fault !== undefined) return this.#lie("falseAnswer", fault);
    if (answer.isEnd && this.#workAtEnd(answer) < this.#claim.blueWork) {
      return this.#lie("falseClaim", "its headers have less work than it claimed");
    }
    const added = window.pushPage(
      headers.filter(({ hash }) => !chain.has(hash)),
      headers.at(-1)?.hash,
    );
    this.#oldPages = added.length > 0 ? 0 : this.#oldPages + 1;
    if (this.#oldPages > READING_LIMITS.oldPagesMax) return this.#lie("falseClaim", "no new headers");
    return { added, isEnd: answer.isEnd };
  }

  #workAtEnd({ from, headers }: HeadersAnswer): bigint {
    const { window, blueWorkOf } = this.#options;
    const last = headers.at(-1) ?? window.get(from)?.header;
    return last?.blueWork ?? blueWorkOf(from) ?? 0n;
  }

  #lie(offence: "falseAnswer" | "falseClaim", fault: string): ReadingEnd {
    this.#options.guard.report(this.#options.source.id, offence, { headers: fault });
    return "false";
  }

  async #check(added: readonly Pending[]): Promise<ReadingEnd | undefined> {
    const { chain, guard, source, progressed } = this.#options;
    const results = await Promise.all(
      added.map(({ hash, header }) =>
        chain.checkHeader(header, hash).then(noError, (error: unknown) => error),
      ),
    );
    if (this.#isStopped) return "silent";
    const bad = results.findIndex((error) => error !== undefined);
    const good = bad < 0 ? added : added.slice(0, bad);
    for (const pending of good) pending.isChecked = true;
    if (good.length > 0) progressed(good);
    if (bad < 0) return undefined;
    const error = results[bad];
    if (!isTrellisError(error) || error.consequence !== "penalise") return "ahead";
    guard.report(source.id, "falseAnswer", { header: added[bad]!.hash, code: error.code });
    return "false";
  }
}

function noError(): undefined {
  return undefined;
}
