import { useState } from "react";
import type { Hex } from "viem";
import { coinText, countText, shortHex, toNumber } from "../../format/units.ts";
import { useRpc } from "../../live/node.ts";
import { AddressLink, Badge, Card } from "../../ui/primitives.tsx";
import { Answered } from "../../ui/states.tsx";
import { decodeCall } from "./knownFunctions.ts";

interface CallJson {
  readonly type: string;
  readonly from: Hex;
  readonly to?: Hex;
  readonly value?: Hex;
  readonly gasUsed: Hex;
  readonly input: Hex;
  readonly output?: Hex;
  readonly error?: string;
  readonly revertReason?: string;
  readonly calls?: readonly CallJson[];
}

/** Loaded on request, because the node executes the transaction again. */
export function Trace({ hash }: { readonly hash: Hex }) {
  const [isWanted, setWanted] = useState(false);
  const trace = useRpc<CallJson>("debug_traceTransaction", [hash, { tracer: "callTracer" }], isWanted);
  return (
    <Card title="Calls">
      {isWanted ? (
        <Answered query={trace} what="Executing the transaction again">
          {(root) => (
            <ul className="tree">
              <Call call={root} />
            </ul>
          )}
        </Answered>
      ) : (
        <button type="button" onClick={() => setWanted(true)}>
          Show calls
        </button>
      )}
    </Card>
  );
}

function Call({ call }: { readonly call: CallJson }) {
  const decoded = decodeCall(call.input);
  const value = BigInt(call.value ?? "0x0");
  return (
    <li>
      <span className="call">
        <Badge tone={call.error === undefined ? "info" : "bad"}>{call.type}</Badge>{" "}
        <AddressLink address={call.to ?? null} /> <code>{decoded?.name ?? shortHex(call.input, 4)}</code>{" "}
        {value > 0n && <>with {coinText(value)} </>}
        <span className="soft">{countText(toNumber(call.gasUsed))} gas</span>
        {call.error !== undefined && <span className="bad"> {call.revertReason ?? call.error}</span>}
      </span>
      {call.calls !== undefined && (
        <ul>
          {call.calls.map((inner, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: calls have no id and a fixed order
            <Call key={index} call={inner} />
          ))}
        </ul>
      )}
    </li>
  );
}
