import type { LogJson } from "../../live/chainTypes.ts";
import { AddressLink, Badge, Card } from "../../ui/primitives.tsx";
import { Empty } from "../../ui/states.tsx";
import { Arguments } from "./Arguments.tsx";
import { decodeLog } from "./knownEvents.ts";

export function Logs({ logs }: { readonly logs: readonly LogJson[] }) {
  return (
    <Card title={`Logs (${logs.length})`}>
      {logs.length === 0 && <Empty title="No logs" />}
      {logs.map((log) => (
        <Log key={log.logIndex} log={log} />
      ))}
    </Card>
  );
}

function Log({ log: { address, topics, data } }: { readonly log: LogJson }) {
  const decoded = decodeLog(topics, data);
  return (
    <section className="log" aria-label={decoded?.name ?? "Log"}>
      <p>
        {decoded !== undefined && (
          <>
            <code>{decoded.name}</code> <Badge>decoded by topic, unverified</Badge>{" "}
          </>
        )}
        by <AddressLink address={address} />
      </p>
      {decoded !== undefined && <Arguments args={decoded.args} />}
      <details open={decoded === undefined}>
        <summary>Topics and data</summary>
        <ol>
          {topics.map((topic, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: topics can repeat, in a fixed order
            <li key={index}>
              <code>{topic}</code>
            </li>
          ))}
        </ol>
        {data !== "0x" && <pre>{data}</pre>}
      </details>
    </section>
  );
}
