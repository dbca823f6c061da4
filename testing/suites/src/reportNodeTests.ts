import type { TestEvent } from "node:test/reporters";
import { firstLine } from "./firstLine.ts";
import type { Outcome } from "./Suite.ts";

/** Reporter of `node --test`: one JSON line per test. Groups are titles of their tests. */
export default async function* reportNodeTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const groups: string[] = [];
  for await (const { type, data } of events) {
    if (type === "test:start") groups.splice(data.nesting, Infinity, data.name);
    if ((type !== "test:pass" && type !== "test:fail") || data.details.type === "suite") continue;
    const title = [...groups.slice(0, data.nesting), data.name].join(" ");
    const outcome: Outcome =
      type === "test:pass" ? { title } : { title, failure: messageOf(data.details.error) };
    yield `${JSON.stringify(outcome)}\n`;
  }
}

const messageOf = (error: Error): string =>
  firstLine((error.cause as Error | undefined)?.message ?? error.message);
